import type { InputOf, NodeName, OutputOf } from '@fineprint/topology';
import type { Spans } from './field-spans.ts';
import type { GlancedRecord, Outcome } from './outcome.ts';
import type { InputRecord } from './ports.ts';

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
 * What can be told of a record without decoding it: `bytes` is its framed value in today's schema of the topic, `spans` where
 * the schema's fields lie in it, overwritten for the next one. Null where it has to be decoded. Pure.
 */
export type GlanceAt<Glance> = (bytes: Buffer, spans: Spans, input: InputRecord) => Glance | null;

/**
 * A node's logic. `process` is pure: no client, clock, randomness or environment. What it needs from outside is looked
 * up for a whole batch before. A record type that differs from its edge's schema does not compile.
 */
export interface Stage<N extends NodeName, State, Fact, Glance = never> {
  readonly node: N;
  /** A partition's state when it is assigned. */
  createState(): State;
  /** One answer per record, in order. Reject with a retriable StreamError when a dependency is away. */
  lookup(
    batch: readonly GlancedRecord<InputOf<N>, Glance>[],
    at: BatchPlace<InputOf<N>>,
  ): Promise<readonly Fact[]>;
  /** For topics most of whose records pass on as they are: decoding them would be most of the work. */
  readonly glances?: { readonly [I in InputOf<N>]?: GlanceAt<Glance> };
  readonly process: {
    readonly [I in InputOf<N>]: (
      state: State,
      record: GlancedRecord<I, Glance>,
      context: StageContext<Fact>,
    ) => Outcome<OutputOf<N, I>>;
  };
}
