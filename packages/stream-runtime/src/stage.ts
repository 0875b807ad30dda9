import type { InputOf, NodeName, OutputOf } from '@fineprint/topology';
import type { DecodedRecord, Outcome } from './outcome.ts';

/** What a process function may know beside its record. */
export interface StageContext<Fact> {
  /** What `lookup` found for this record. */
  readonly fact: Fact;
  readonly nowMs: number;
}

/** Which batch it is that is looked up: records that cannot be read are of it too. */
export interface BatchPlace<I> {
  readonly topic: I;
  readonly partition: number;
  readonly firstOffset: number;
  /** Where the partition goes on after it. */
  readonly nextOffset: number;
}

/**
 * A node's logic. `process` is pure: no client, clock, randomness or environment. What it needs from outside is looked
 * up for a whole batch before. A record type that differs from its edge's schema does not compile.
 */
export interface Stage<N extends NodeName, State, Fact> {
  readonly node: N;
  /** A partition's state when it is assigned. */
  createState(): State;
  /** One answer per record, in order. Reject with a retriable StreamError when a dependency is away. */
  lookup(batch: readonly DecodedRecord<InputOf<N>>[], at: BatchPlace<InputOf<N>>): Promise<readonly Fact[]>;
  readonly process: {
    readonly [I in InputOf<N>]: (
      state: State,
      record: DecodedRecord<I>,
      context: StageContext<Fact>,
    ) => Outcome<OutputOf<N, I>>;
  };
}
