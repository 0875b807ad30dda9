import type { OutputRecord } from '@fineprint/stream-runtime';

/** Where accepted events go: Kafka, and later a disk spool before it. */
export interface EventSink {
  /** Resolves once the records are durable. Rejects with Problem `overloaded` or `kafka_unavailable`, in bounded time. */
  write(records: readonly OutputRecord[]): Promise<void>;
  /** Bytes that wait to become durable. */
  queuedBytes(): number;
  /** Makes durable what was accepted, then stops. */
  close(): Promise<void>;
}
