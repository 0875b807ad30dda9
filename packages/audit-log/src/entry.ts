import { createHash } from 'node:crypto';

export const outcomes = ['allowed', 'denied', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

/** What somebody did, before it has its place in the chain. */
export interface Act {
  /** `api_key:<id>`, `oidc:<subject>`, `cli:<user>`; never a key. */
  readonly actor: string;
  readonly role: string;
  /** What was done, by the name of its route or command. */
  readonly action: string;
  /** What it was done to. */
  readonly object: string | null;
  /** Whom it is about, as a keyed hash. */
  readonly subject: string | null;
  readonly outcome: Outcome;
  /** Of a denied or failed one, why. */
  readonly code: string | null;
  /** Ties what belongs to one request together, and to the log of the service. */
  readonly requestId: string;
}

/** An act in its place. Hashes are lower-case hex. */
export interface Entry extends Act {
  readonly seq: number;
  /** ISO 8601 with milliseconds, UTC. */
  readonly at: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** What stands before the first entry. */
export const FIRST_PREV_HASH = '0'.repeat(64);

const field = (value: string | null): string =>
  value === null ? '-,' : `${Buffer.byteLength(value)}:${value},`;

/** The hash that an entry must have: of all it says, and of the entry before. Postgres computes the same (0020_audit_log.sql). */
export function hashOf(entry: Omit<Entry, 'hash'>): string {
  const fields = [
    String(entry.seq),
    entry.at,
    entry.actor,
    entry.role,
    entry.action,
    entry.object,
    entry.subject,
    entry.outcome,
    entry.code,
    entry.requestId,
    entry.prevHash,
  ];
  return createHash('sha256')
    .update(`fineprint.audit.1,${fields.map(field).join('')}`)
    .digest('hex');
}
