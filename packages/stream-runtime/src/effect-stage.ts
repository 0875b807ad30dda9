import type { InputOf, NodeName, OutputOf, RecordOf, TopicName } from '@fineprint/topology';
import type { DecodedRecord, Refusal } from './outcome.ts';

/** A record to be published once a batch's effect on the store stands. */
export type Emission<Out extends TopicName> = {
  [T in Out]: { readonly to: T; readonly key: string; readonly record: RecordOf<T> };
}[Out];

/**
 * A node whose state lives in a store outside. A batch's effect is one transaction, then what the store now holds of
 * everything concerned is published, then the position is committed. A crash between any two repeats the batch, so the
 * effect of a repeat must be none, and must still answer everything that the first time would have published.
 */
export interface EffectStage<N extends NodeName, I extends InputOf<N>> {
  readonly node: N;
  readonly input: I;
  /** Whether a record can be applied, as far as it tells by itself. Pure. */
  admit(record: RecordOf<I>): 'apply' | { readonly type: 'drop'; readonly reason: string } | Refusal;
  /**
   * All of it or nothing. Rejects with a retriable StreamError when the store is away, with PoisonError when it refuses;
   * then the batch is halved until the record that it refuses stands alone.
   */
  apply(records: readonly DecodedRecord<I>[]): Promise<readonly Emission<OutputOf<N, I>>[]>;
}
