import { expect, test } from 'vitest';
import { createPartitionQueue } from './partition-queue.ts';
import { type InputRecord, type Lease, type PartitionBatch, systemClock } from './ports.ts';

const lease: Lease = { owned: () => true, fresh: () => true, heartbeat: async () => undefined };
const recordAt = (offset: number): InputRecord => ({
  offset,
  timestampMs: 0,
  key: null,
  value: Buffer.alloc(10),
  headers: {},
});
const batchOf = (offsets: readonly number[], nextOffset: number): PartitionBatch => ({
  topic: 'product.events.raw',
  partition: 0,
  records: offsets.map(recordAt),
  nextOffset,
  highWatermark: nextOffset,
});

async function takeAll(queue: ReturnType<typeof createPartitionQueue>): Promise<PartitionBatch[]> {
  const taken: PartitionBatch[] = [];
  for (;;) {
    const item = await queue.take(0);
    if (typeof item === 'string') return taken;
    taken.push(item.batch);
  }
}

test('a large batch is taken in pieces that follow each other without a hole, whatever offsets are missing', async () => {
  const queue = createPartitionQueue(systemClock);
  const offsets = Array.from({ length: 1_200 }, (_, i) => 100 + 2 * i);
  queue.push({ batch: batchOf(offsets, 3_000), lease });
  const bytes = queue.bytes();
  expect(bytes).toBeGreaterThan(1_200 * 10);
  const pieces = await takeAll(queue);
  expect(pieces.map((p) => p.records.length)).toEqual([500, 500, 200]);
  expect(pieces.map((p) => p.nextOffset)).toEqual([1_100, 2_100, 3_000]);
  expect(pieces.flatMap((p) => p.records.map((r) => r.offset))).toEqual(offsets);
  expect(queue.bytes()).toBe(0);
});

test('a batch without records still moves on', async () => {
  const queue = createPartitionQueue(systemClock);
  queue.push({ batch: batchOf([], 7), lease });
  expect((await takeAll(queue)).map((p) => p.nextOffset)).toEqual([7]);
});
