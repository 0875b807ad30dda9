import { createMemoryConsumer, createMemoryLog } from '@fineprint/stream-testing';
import { expect, it, vi } from 'vitest';
import type { PartitionQueue } from './partition-queue.ts';
import { createPartitionWorkers } from './partition-workers.ts';
import { type Lease, type PartitionBatch, systemClock } from './ports.ts';

const TOPIC = 'consent.updates' as const;
const lease: Lease = { owned: () => true, fresh: () => true, heartbeat: () => Promise.resolve() };
const batch = (offset: number): PartitionBatch => ({
  topic: TOPIC,
  partition: 0,
  records: [{ offset, timestampMs: 0, key: null, value: Buffer.alloc(1_000), headers: {} }],
  nextOffset: offset + 1,
  highWatermark: offset + 1,
});

function newWorkers(run: (queue: PartitionQueue) => Promise<void>) {
  const consumer = createMemoryConsumer(
    createMemoryLog(() => 0),
    [TOPIC],
  );
  const pause = vi.spyOn(consumer, 'pause');
  const resume = vi.spyOn(consumer, 'resume');
  const start = vi.fn(() => ({ run }));
  const workers = createPartitionWorkers({ consumer, clock: systemClock, maxQueuedBytes: 1_500, start });
  return { workers, pause, resume, start };
}

it('lets a paused partition be fetched again when what waited was forgotten, not taken', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { workers, pause, resume } = newWorkers(async (queue) => {
    await held;
    queue.clear(); // as a sink does that finds its store moved on
    await queue.take(Number.POSITIVE_INFINITY);
  });
  await workers.offer(batch(0), lease);
  await workers.offer(batch(1), lease);
  expect(pause).toHaveBeenCalledTimes(1);
  release();
  await vi.waitFor(() => expect(resume).toHaveBeenCalledTimes(1));
  await workers.close();
});

it('begins no work once it is closed', async () => {
  const { workers, start } = newWorkers(async (queue) => {
    while ((await queue.take(Number.POSITIVE_INFINITY)) !== 'closed');
  });
  await workers.offer(batch(0), lease);
  await workers.close();
  await workers.offer(batch(1), lease);
  expect(start).toHaveBeenCalledTimes(1);
});
