import type { InputOf, NodeName, ReplayTopic, TopicName } from '@fineprint/topology';
import type { IdHash } from './id-sum.ts';
import type { Refusal } from './outcome.ts';
import type { InputRecord } from './ports.ts';

/** A record on its way into a store: framed bytes, never decoded by the runtime. */
export interface SinkRecord {
  readonly input: InputRecord;
  readonly schemaId: number;
  readonly datum: Buffer;
  /** The raw record it was made from. */
  readonly sourceOffset: number | null;
  readonly id: IdHash | null;
}

/** Where a store stands with a partition, by what the store itself holds. */
export interface SinkPosition {
  /** The first offset it does not hold; null when it holds none. */
  readonly nextOffset: number | null;
  /** The highest source offset it holds. */
  readonly sourceOffset: number | null;
}

/** What a store holds of a stretch of a partition. */
export interface SinkHoldings {
  /** The offsets it holds; null where it keeps the newest row of each key only, and so knows no more than its position. */
  readonly offsets: ReadonlySet<number> | null;
  /** The highest source offset it holds of what lies before the stretch. */
  readonly sourceOffsetBefore: number | null;
  /** Offsets whose records are in no row by a rule of the store's, and the rule. */
  readonly dropped?: ReadonlyMap<number, string>;
}

/** Where a store stands after a write. */
export interface SinkWritten extends SinkPosition {
  /** Of the records written, those that are in no row by a rule of the store's, by offset. */
  readonly dropped?: ReadonlyMap<number, string>;
}

export interface SinkWrite {
  readonly topic: TopicName;
  readonly partition: number;
  /** Where the store stood. The write is a compare-and-swap on it: it takes no effect when the store has moved on. */
  readonly after: SinkPosition;
  /** In offset order, all of one block. */
  readonly records: readonly SinkRecord[];
}

/** The store refuses these records whatever the number of tries. */
export class PoisonError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PoisonError';
    this.code = code;
  }
}

/** The topics whose records a sink stores; what is replayed belongs to one of them. */
export type SinkInput<N extends NodeName> = Exclude<InputOf<N>, ReplayTopic>;

/** For a store that is paid by the write: partitions that share theirs. */
export interface SinkLanes {
  /** Partitions of a topic with an equal lane are written together; the same in every process. */
  laneOf(partition: number): number;
  /** As `Sink.write`, of partitions of one lane and records of one block; tells of each partition, in order. */
  write(writes: readonly SinkWrite[], onTaken?: () => void): Promise<readonly SinkWritten[]>;
}

/** A store that remembers offsets itself. Rejects with a retriable StreamError when away, PoisonError when it refuses. */
export interface Sink<N extends NodeName> {
  readonly node: N;
  /** Where the store stands; called on assignment, after earlier writers' effects are settled. */
  open(topic: SinkInput<N>, partition: number): Promise<SinkPosition>;
  /** What it holds from one offset to before another. Asked after a crash between storing and telling the ledger. */
  holdings(
    topic: SinkInput<N>,
    partition: number,
    firstOffset: number,
    nextOffset: number,
  ): Promise<SinkHoldings>;
  /** Where a topic's records end, as the ledger names it: store and table. */
  targetOf(topic: SinkInput<N>): string;
  /**
   * Stores all of it or nothing; resolves with where the store stands afterwards, by its own word. `onTaken` is told as soon
   * as the store has done its work, where asking for its word takes longer: others may write meanwhile.
   */
  write(write: SinkWrite, onTaken?: () => void): Promise<SinkWritten>;
  /** Where left out, each partition is written alone. */
  readonly lanes?: SinkLanes;
  /** Whether it holds a record: at its place, or as the same event from elsewhere. */
  holds(topic: SinkInput<N>, partition: number, record: SinkRecord): Promise<boolean>;
  /**
   * Stores one record below where the store stands: the gap that its refusal left. Repeats have no effect, nor has an event
   * that the store holds from elsewhere. Where the store stands does not change.
   */
  restore(topic: SinkInput<N>, partition: number, record: SinkRecord): Promise<'stored' | 'held'>;
  /** Records may share a write only where this is equal (e.g. the table partition they fall into). */
  blockOf(topic: SinkInput<N>, record: SinkRecord): string;
  /** Learns what `blockOf` and `write` need to know of these records and their schemas; rejects when the registry is away. */
  prepare(topic: SinkInput<N>, records: readonly SinkRecord[], partition: number): Promise<void>;
  /** Why a record cannot be stored, as far as can be told without trying; null where it can. */
  refusalOf(topic: SinkInput<N>, record: SinkRecord): Refusal | null;
}
