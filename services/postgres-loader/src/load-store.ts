import type { UserRow } from '@fineprint/person-builder/user-id';
import type { SinkHoldings, SinkPosition } from '@fineprint/stream-runtime';
import type { LoadTopic } from './tables.ts';

/** A row on its way into a table. */
export interface LoadRow {
  readonly offset: number;
  readonly sourceOffset: number | null;
  readonly eventId: string;
  /** A dead letter that came back: it is accounted for by its replay, not by its place. */
  readonly isReplayed: boolean;
  /** As COPY takes it. */
  readonly bytes: Buffer;
}

/** Rows of one partition that are stored in one transaction with where the loader then stands. */
export interface Load {
  readonly topic: LoadTopic;
  readonly partition: number;
  /** Where the loader must stand for it to take effect. */
  readonly after: SinkPosition;
  readonly next: SinkPosition;
  readonly rows: readonly LoadRow[];
}

/** Offset → the rule by which its record is in no row. */
export type Dropped = ReadonlyMap<number, string>;

/** A rule: the table has a row of this id from another place, and an id is its primary key. */
export const DUPLICATE_ID = 'duplicate_id';

/** A row refers to a user that is not in `users`: somebody removed it. Nothing was stored. */
export class UserMissing extends Error {}

/**
 * Postgres as the loader uses it. Every call is one transaction, and may be made again after an answer that was lost.
 * Rejects with a retriable StreamError when away, PoisonError when it refuses.
 */
export interface LoadStore {
  position(topic: LoadTopic, partition: number): Promise<SinkPosition>;
  /** Users that are there already stay as they are. */
  addUsers(users: readonly UserRow[]): Promise<void>;
  /** Stores all or nothing; 'moved' where the loader stands elsewhere. */
  load(load: Load): Promise<Dropped | 'moved'>;
  holdings(
    topic: LoadTopic,
    partition: number,
    firstOffset: number,
    nextOffset: number,
  ): Promise<SinkHoldings>;
  /** Whether it has the record: at its place, or as the same event from elsewhere. */
  holds(topic: LoadTopic, partition: number, row: LoadRow): Promise<boolean>;
  /** Fills the gap of a refused record, without moving the position. */
  restore(topic: LoadTopic, partition: number, row: LoadRow): Promise<'stored' | 'held'>;
}
