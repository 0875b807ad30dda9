import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createMask, KEY_TABLE, type Mask } from '@fineprint/masking';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';

/** How people are hidden from who may not see them. */
export interface Masking {
  readonly mask: Mask;
  /** Where the next page begins, which is a person's id: only we can read it again. */
  readonly seal: (cursor: string) => string;
  /** Throws a Problem where it is not one of ours. */
  readonly unseal: (sealed: string) => string;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function createMasking(key: string): Masking {
  const sealingKey = createHash('sha256').update(`cursor\n${key}`).digest();
  return {
    mask: createMask(key),
    seal(cursor) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, sealingKey, iv);
      const sealed = Buffer.concat([cipher.update(cursor, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      try {
        const decipher = createDecipheriv(CIPHER, sealingKey, bytes.subarray(0, IV_BYTES));
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        const opened = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
        return Buffer.concat([opened, decipher.final()]).toString('utf8');
      } catch (cause) {
        const message = 'is not the `next_after` of the page before';
        const errors = [{ code: 'invalid_parameter', parameter: 'after', message }];
        throw new Problem('invalid_parameter', 'Parameter after.', { cause, errors });
      }
    },
  };
}

/** The key as the migrations made it, read when it is needed first, so that exports and answers have the same stand-ins. */
export function readMasking(warehouse: Warehouse): () => Promise<Masking> {
  let known: Promise<Masking> | null = null;
  const read = async (): Promise<Masking> => {
    const [row] = await warehouse.rows<{ key: string }>({
      query: `SELECT min(masking_key) AS key FROM ${KEY_TABLE}`,
      values: {},
    });
    // Of no rows ClickHouse says that the least text is the empty one.
    if (row === undefined || row.key === '')
      throw new Problem('clickhouse_unavailable', 'The tables are not there yet.');
    return createMasking(row.key);
  };
  return async () => {
    known ??= read();
    try {
      return await known;
    } catch (error) {
      known = null;
      throw error;
    }
  };
}
