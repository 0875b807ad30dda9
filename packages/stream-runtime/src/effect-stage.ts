import type { InputOf, NodeName, OutputOf, RecordOf, ReplayTopic, TopicName } from '@fineprint/topology';
import type { StreamError } from './errors.ts';
import type { DecodedRecord, Refusal } from './outcome.ts';
import type { Lease } from './ports.ts';

/** A record to be published once a batch's effect outside stands. */
export type Emission<Out extends TopicName> = {
  [T in Out]: { readonly to: T; readonly key: string; readonly record: RecordOf<T> };
}[Out];

/** A record that is left out, by a rule with a stable name. */
export interface Drop {
  readonly type: 'drop';
  readonly reason: string;
}

/** What a batch came to. */
export interface Effect<Out extends TopicName> {
  readonly emissions: readonly Emission<Out>[];
  /** Records that did not take effect, by their place in the batch; all others did. */
  readonly others?: ReadonlyMap<number, Drop | Refusal>;
}

/** What a stage is told that tries by itself, record by record, for as long as it takes. */
export interface EffectAttempt {
  /** Once it is lost nothing more may be done: reject with a retriable StreamError. */
  readonly lease: Lease;
  /** True once the process wants to stop: the same. */
  readonly stopping: () => boolean;
  /** To be told of each try that failed: the truth behind /ready. */
  readonly onFailure: (error: StreamError, attempt: number) => void;
}

/** The topics whose records a stage takes; what is replayed belongs to one of them. */
export type EffectInput<N extends NodeName> = Exclude<InputOf<N>, ReplayTopic>;

/**
 * A node whose effect is outside: in a store, or at somebody's API. A batch's effect comes first, then what it led to is
 * published, then the position is committed. A crash between any two repeats the batch, so the effect of a repeat must be
 * none, and must still answer everything that the first time would have published.
 */
export interface EffectStage<N extends NodeName, I extends EffectInput<N>> {
  readonly node: N;
  readonly input: I;
  /** Whether a record can be applied, as far as it tells by itself. Pure. */
  admit(record: RecordOf<I>): 'apply' | Drop | Refusal;
  /**
   * Resolves once the effect stands. Rejects with a retriable StreamError when what is outside is away, with PoisonError when
   * it refuses the batch; then the batch is halved until the record that it refuses stands alone.
   */
  apply(records: readonly DecodedRecord<I>[], attempt: EffectAttempt): Promise<Effect<OutputOf<N, I>>>;
}
