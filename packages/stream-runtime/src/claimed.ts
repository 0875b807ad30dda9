import type { Account } from './account.ts';
import type { IdHash } from './id-sum.ts';
import type { InputRecord } from './ports.ts';

/**
 * Marks a record whose writer tells the ledger of it. What such a writer says it wrote is then compared with what arrived,
 * though others publish to the same topic.
 */
export const CLAIMED_HEADER = 'fp-claimed';

/** The header's value: what the record is to its writer. Of a dead letter, its code. */
export const CLAIMED_EVENT = '1';

/** Counts a record that has been read. */
export function takeRecord(account: Account, input: InputRecord, id: IdHash | null): void {
  account.take(id);
  if (input.headers[CLAIMED_HEADER] !== undefined) account.add('claimed', '', id);
}
