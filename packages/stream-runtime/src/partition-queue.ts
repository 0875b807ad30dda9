import type { Clock, Lease, PartitionBatch } from './ports.ts';

export interface QueuedBatch {
  readonly batch: PartitionBatch;
  readonly lease: Lease;
}

/** A partition's batches between the fetch loop and its worker. Bounded by its caller, who pauses what is full. */
export interface PartitionQueue {
  /** Cut into pieces that are worked on one after another. */
  push(item: QueuedBatch): void;
  /** The next piece of a batch; 'timeout' when none came within `waitMs`; 'closed' once closed. */
  take(waitMs: number): Promise<QueuedBatch | 'timeout' | 'closed'>;
  /** Bytes of keys and values waiting. */
  bytes(): number;
  /** Forgets what waits. */
  clear(): void;
  /** What waits is forgotten; takers are told. */
  close(): void;
}

export function createPartitionQueue(clock: Clock): PartitionQueue {
  let items: QueuedBatch[] = [];
  let bytes = 0;
  let closed = false;
  let wake: (() => void) | undefined;

  const next = (): QueuedBatch | 'closed' | undefined => {
    if (closed) return 'closed';
    const item = items.shift();
    if (item !== undefined) bytes -= bytesOf(item.batch);
    return item;
  };

  return {
    push(item) {
      if (closed) return;
      for (const batch of piecesOf(item.batch)) items.push({ batch, lease: item.lease });
      bytes += bytesOf(item.batch);
      wake?.();
    },
    take(waitMs) {
      const ready = next();
      if (ready !== undefined) return Promise.resolve(ready);
      return new Promise((resolve) => {
        const finish = (result: QueuedBatch | 'timeout' | 'closed') => {
          wake = undefined;
          cancel?.();
          resolve(result);
        };
        const cancel = Number.isFinite(waitMs) ? clock.after(waitMs, () => finish('timeout')) : undefined;
        wake = () => finish(next() ?? 'timeout');
      });
    },
    bytes: () => bytes,
    clear() {
      items = [];
      bytes = 0;
    },
    close() {
      items = [];
      bytes = 0;
      closed = true;
      wake?.();
    },
  };
}

/**
 * A fetch after an outage brings thousands of records, decoded they take ten times the memory, and every partition has its
 * own: they are decoded so many at a time.
 */
const MAX_RECORDS = 500;

function piecesOf(batch: PartitionBatch): PartitionBatch[] {
  const { records } = batch;
  if (records.length <= MAX_RECORDS) return [batch];
  return Array.from({ length: Math.ceil(records.length / MAX_RECORDS) }, (_, i) => {
    const end = (i + 1) * MAX_RECORDS;
    return {
      ...batch,
      records: records.slice(i * MAX_RECORDS, end),
      nextOffset: records[end]?.offset ?? batch.nextOffset,
    };
  });
}

/** What a batch holds in memory, roughly: small records cost more than their bytes. */
const RECORD_OVERHEAD_BYTES = 200;

function bytesOf(batch: PartitionBatch): number {
  return batch.records.reduce(
    (sum, r) => sum + RECORD_OVERHEAD_BYTES + (r.sizeBytes ?? (r.value?.length ?? 0) + (r.key?.length ?? 0)),
    0,
  );
}
