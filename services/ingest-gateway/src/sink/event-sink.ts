import type { OutputRecord } from '@fineprint/stream-runtime';

/** Where accepted events go: Kafka, or the spool on disk while Kafka is away. */
export interface EventSink {
  /** Resolves once the records are durable. Rejects with Problem `overloaded`, `kafka_unavailable` or `spool_full`, in bounded time. */
  write(records: readonly OutputRecord[]): Promise<void>;
  /** Bytes that wait to become durable. */
  queuedBytes(): number;
  /** Makes durable what was accepted, then stops. */
  close(): Promise<void>;
}
