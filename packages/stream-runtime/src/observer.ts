import type { TopicName } from '@fineprint/topology';
import type { Account } from './account.ts';
import type { StreamError } from './errors.ts';
import type { TracedRecord } from './trace-context.ts';

/** Told what happens, for metrics, logs and health. */
export interface StreamObserver {
  /** A new generation of the group, and what is ours in it. */
  assigned(partitions: readonly { topic: TopicName; partition: number }[]): void;
  /** The group is rebalancing, or has lost us: nothing is ours until `assigned`. */
  revoked(): void;
  /** Records have arrived; they are not worked on yet. */
  fetched(topic: TopicName, partition: number, records: number, highWatermark: number): void;
  /** A batch's effects are acknowledged. */
  processed(event: ProcessedEvent): void;
  /** An operation failed and will be tried again. */
  retrying(event: {
    topic: TopicName;
    partition: number;
    operation: string;
    error: StreamError;
    attempt: number;
  }): void;
  /** Committing failed; it is tried again with the next batch. */
  commitFailed(error: unknown): void;
}

export interface ProcessedEvent {
  readonly topic: TopicName;
  readonly partition: number;
  /** What became of the records. */
  readonly account: Account;
  readonly nextOffset: number;
  /** Records of it that spans are made for. */
  readonly traced: readonly TracedRecord[];
  readonly durationMs: number;
}
