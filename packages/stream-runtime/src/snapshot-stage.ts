import type { InputOf, NodeName, OutputOf, RecordOf, TopicName } from '@fineprint/topology';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { StageContext } from './stage.ts';

/** How far a snapshot includes its partition's records. */
export interface AsOf {
  /** The last offset of the input partition. */
  readonly offset: number;
  /** The highest source offset among them; -1 where they carry none. */
  readonly sourceOffset: number;
}

/** What became of a record: it is in the state, or it ended by name. */
export type Applied = 'applied' | { readonly type: 'drop'; readonly reason: string } | Refusal;

/** The partition's input from its oldest record to where the stage is. */
export interface PartitionHistory<I extends TopicName> {
  /** The offset that the stage takes next; what lies before it is history. */
  readonly endOffset: number;
  /** Hands it over in order, readable and without repeats. What was handed over counts only once this resolves. */
  read(onRecords: (records: readonly DecodedRecord<I>[]) => void): Promise<void>;
}

/** What a key stands for now; a null record takes the key away. */
export interface Snapshot<O extends TopicName> {
  readonly key: string;
  readonly record: RecordOf<O> | null;
}

/**
 * A stateful node. It publishes snapshots, not deltas: "this key as of that offset", to the same partition number of a
 * compacted topic. Any store keeps the one of the highest offset, so repeats, replays and zombies cannot count twice.
 */
export interface SnapshotStage<
  N extends NodeName,
  I extends InputOf<N>,
  O extends OutputOf<N, I>,
  State,
  Fact,
> {
  readonly node: N;
  readonly input: I;
  readonly snapshots: O;
  createState(partition: number): State;
  /** Reads one snapshot back at assignment. A key may come several times: the highest as-of counts. */
  restore(state: State, snapshot: RecordOf<O>): void;
  /** Reads back that a key's snapshots are gone. Needed by a stage that takes keys away. */
  forget?(state: State, key: string): void;
  /**
   * Called once restored, before each batch, and every `prepareIntervalMs` where no batch comes: whether the state changed.
   * Here a stage follows what it is configured by, and may count its history into what is new. Rejects with a retriable
   * StreamError when a dependency is away; is then called again.
   */
  prepare?(state: State, history: PartitionHistory<I>): Promise<boolean>;
  /** One answer per record, in order. Reject with a retriable StreamError when a dependency is away. */
  lookup(batch: readonly DecodedRecord<I>[]): Promise<readonly Fact[]>;
  /** Applies a record. Must change nothing of a key whose as-of already includes the record's offset. */
  apply(state: State, record: DecodedRecord<I>, context: StageContext<Fact>): Applied;
  /**
   * What changed since the last call, or a part of it: called until it answers nothing, with nothing applied between. Keys
   * choose compaction: one per thing that is snapshot.
   */
  takeSnapshots(state: State, asOf: AsOf, nowMs: number): readonly Snapshot<O>[];
}
