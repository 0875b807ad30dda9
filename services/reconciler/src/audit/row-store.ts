import type { NamedRecord, Stretch, Sum } from '@fineprint/ledger';

/**
 * A store whose rows are compared with what its loader says in the ledger. Every row carries its place in its topic
 * (`_partition`, `_offset`) and its event's id. A new store is one of these, in `openStores`.
 */
export interface RowStore {
  /** As its loader's targets begin: `<name>/<table>`. */
  readonly name: string;
  /** The table that a topic is loaded into; null where the store does not take it. */
  tableOf(topic: string): string | null;
  /** Tables that keep every row; of others, which keep the newest of a key, rows cannot be compared. */
  readonly readTables: () => Promise<ReadonlySet<string>>;
  /** What it has of each stretch. Leaves out rows that a replay brought back: the replay accounts for them. */
  sums(stretches: readonly Stretch[]): Promise<ReadonlyMap<Stretch, Sum>>;
  /** The rows of a stretch, by the offset that the question is about; without what a replay brought back. */
  rows(stretch: Stretch): Promise<ReadonlyMap<number, NamedRecord>>;
  /** The highest source offset of the rows before a stretch; null where there is none. */
  highestSourceBefore(stretch: Stretch): Promise<number | null>;
  /** Which of these offsets are in no row by a rule of the store's, as the store itself wrote down. */
  dropped(stretch: Stretch, offsets: readonly number[]): Promise<ReadonlySet<number>>;
}
