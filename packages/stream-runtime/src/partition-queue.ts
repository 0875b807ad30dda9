import type { Clock, Lease, PartitionBatch } from './ports.ts';

export interface QueuedBatch {
  readonly batch: PartitionBatch;
  readonly lease: Lease;
}

/** A partition's batches between the fetch loop and its worker. Bounded by its caller, who pauses what is full. */
export interface PartitionQueue {
  push(item: QueuedBatch): void;
  /** The next batch; 'timeout' when none came within `waitMs`; 'closed' once closed. */
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
      items.push(item);
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

/** What a batch holds in memory, roughly: small records cost more than their bytes. */
const RECORD_OVERHEAD_BYTES = 200;

function bytesOf(batch: PartitionBatch): number {
  return batch.records.reduce(
    (sum, r) => sum + RECORD_OVERHEAD_BYTES + (r.value?.length ?? 0) + (r.key?.length ?? 0),
    0,
  );
}
