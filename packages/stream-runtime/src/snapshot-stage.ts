import type { InputOf, NodeName, OutputOf, RecordOf } from '@fineprint/topology';
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
  /** One answer per record, in order. Reject with a retriable StreamError when a dependency is away. */
  lookup(batch: readonly DecodedRecord<I>[]): Promise<readonly Fact[]>;
  /** Applies a record. Must change nothing of a key whose as-of already includes the record's offset. */
  apply(state: State, record: DecodedRecord<I>, context: StageContext<Fact>): Applied;
  /** What changed since the last call. Keys choose compaction: one per thing that is snapshot. */
  takeSnapshots(
    state: State,
    asOf: AsOf,
    nowMs: number,
  ): readonly { readonly key: string; readonly record: RecordOf<O> }[];
}
