import { createHmac, timingSafeEqual } from 'node:crypto';

/** What an erasure found and removed, and what is left until when. Holds no id of the subject. */
export interface Receipt {
  readonly request_id: string;
  readonly regulation: string;
  readonly requested_at: string;
  readonly completed_at: string;
  /** What happened or arrived until then is erased, and does not come back. */
  readonly cutoff_at: string;
  /** Keyed hash of what was asked for. */
  readonly subject_hash: string;
  readonly removed: readonly { readonly store: string; readonly table: string; readonly rows: number }[];
  /** After the erasure every store was searched again. */
  readonly verified: { readonly at: string; readonly tables: number; readonly rows_found: number };
  readonly remains: readonly { readonly where: string; readonly what: string; readonly until: string }[];
  readonly destinations: readonly {
    readonly name: string;
    readonly status: string;
    readonly task: string | null;
  }[];
}

/** `key` is PII_PSEUDONYM_KEY; signatures are of a key made of it for nothing else. */
export function signReceipt(key: string, text: string): string {
  const own = createHmac('sha256', key).update('fineprint receipts').digest();
  return createHmac('sha256', own).update(text).digest('hex');
}

export function isSigned(key: string, text: string, signature: string): boolean {
  const [given, own] = [Buffer.from(signature, 'hex'), Buffer.from(signReceipt(key, text), 'hex')];
  return given.length === own.length && timingSafeEqual(given, own);
}
