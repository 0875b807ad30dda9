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
  /** Records waiting. */
  size(): number;
  /** Forgets what waits. */
  clear(): void;
  /** What waits is forgotten; takers are told. */
  close(): void;
}

export function createPartitionQueue(clock: Clock): PartitionQueue {
  let items: QueuedBatch[] = [];
  let records = 0;
  let closed = false;
  let wake: (() => void) | undefined;

  const next = (): QueuedBatch | 'closed' | undefined => {
    if (closed) return 'closed';
    const item = items.shift();
    if (item !== undefined) records -= item.batch.records.length;
    return item;
  };

  return {
    push(item) {
      if (closed) return;
      items.push(item);
      records += item.batch.records.length;
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
    size: () => records,
    clear() {
      items = [];
      records = 0;
    },
    close() {
      items = [];
      records = 0;
      closed = true;
      wake?.();
    },
  };
}
