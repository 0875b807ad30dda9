import type { TopicName } from '@fineprint/topology';
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts';
import type { Clock, GroupConsumer, Lease, PartitionBatch } from './ports.ts';
import { LeaseLost } from './retry.ts';

/** What works through one partition's batches until its queue closes. */
export interface PartitionWork {
  /** Called before a batch is queued, within the consumer's own call; false when it must not be (a seek was made). */
  admit?(batch: PartitionBatch, lease: Lease): Promise<boolean>;
  /** Runs until `queue.take` answers 'closed'. */
  run(queue: PartitionQueue): Promise<void>;
}

export interface WorkersOptions {
  readonly consumer: GroupConsumer;
  readonly clock: Clock;
  /** Bytes waiting in a partition beyond which its fetching is paused. */
  readonly maxQueuedBytes: number;
  start(topic: TopicName, partition: number, lease: Lease): PartitionWork;
}

interface Worker {
  readonly topic: TopicName;
  readonly partition: number;
  readonly queue: PartitionQueue;
  readonly work: PartitionWork;
  paused: boolean;
  /** Resolves once the partition's worker of the last generation has ended. */
  readonly ready: Promise<void>;
  readonly done: Promise<void>;
}

export interface PartitionWorkers {
  /** Starts a partition's worker before its first batch, which may never come. */
  begin(topic: TopicName, partition: number, lease: Lease): void;
  /** Hands a batch to its partition's worker. */
  offer(batch: PartitionBatch, lease: Lease): Promise<void>;
  /** A new generation: every worker ends, and the next one of a partition starts after the last one's effects are known. */
  reassign(): void;
  /** Ends all workers and waits for them; batches offered afterwards are left alone. */
  close(): Promise<void>;
  /** The first error that was no lost lease. */
  readonly failed: Promise<unknown>;
}

/** One worker per partition, side by side; fetching overlaps with work, and a full partition is paused alone. */
export function createPartitionWorkers(options: WorkersOptions): PartitionWorkers {
  const { consumer, clock } = options;
  const workers = new Map<string, Worker>();
  /** Ends of workers of earlier generations, by partition. */
  const endings = new Map<string, Promise<void>>();
  let closed = false;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });

  const report = (error: unknown) => {
    if (!(error instanceof LeaseLost)) fail(error);
  };

  /** Lets a paused partition be fetched again once half of what waited is worked off. */
  const relieve = (worker: Worker) => {
    if (!worker.paused || worker.queue.bytes() > options.maxQueuedBytes / 2) return;
    worker.paused = false;
    consumer.resume(worker.topic, worker.partition);
  };

  /** Relieves before waiting, too: what waited may have been forgotten instead of taken, and nothing else would come. */
  const relieving = (worker: () => Worker, queue: PartitionQueue): PartitionQueue => ({
    ...queue,
    take: async (waitMs) => {
      relieve(worker());
      const item = await queue.take(waitMs);
      relieve(worker());
      return item;
    },
  });

  const admitted = async (worker: Worker, batch: PartitionBatch, lease: Lease): Promise<boolean> => {
    await worker.ready;
    try {
      return worker.work.admit === undefined || (await worker.work.admit(batch, lease));
    } catch (error) {
      report(error);
      return false;
    }
  };

  const create = (topic: TopicName, partition: number, lease: Lease): Worker => {
    const key = keyOf(topic, partition);
    const queue = createPartitionQueue(clock);
    const work = options.start(topic, partition, lease);
    const ready = endings.get(key) ?? Promise.resolve();
    const done = ready.then(() => work.run(relieving(() => worker, queue))).catch(report);
    const worker: Worker = { topic, partition, queue, work, paused: false, ready, done };
    workers.set(key, worker);
    return worker;
  };

  const end = (key: string, worker: Worker) => {
    worker.queue.close();
    if (worker.paused) consumer.resume(worker.topic, worker.partition);
    workers.delete(key);
    endings.set(key, worker.done);
    void worker.done.then(() => {
      if (endings.get(key) === worker.done) endings.delete(key);
    });
  };

  const reassign = () => {
    for (const [key, worker] of workers) end(key, worker);
  };

  return {
    failed,
    begin(topic, partition, lease) {
      if (!closed && !workers.has(keyOf(topic, partition))) create(topic, partition, lease);
    },
    async offer(batch, lease) {
      if (closed) return; // it is not committed, so whoever comes next reads it again
      const { topic, partition } = batch;
      const worker = workers.get(keyOf(topic, partition)) ?? create(topic, partition, lease);
      if (!(await withHeartbeats(lease, clock, () => admitted(worker, batch, lease)))) return;
      worker.queue.push({ batch, lease });
      if (!worker.paused && worker.queue.bytes() > options.maxQueuedBytes) {
        worker.paused = true;
        consumer.pause(batch.topic, batch.partition);
      }
    },
    reassign,
    async close() {
      closed = true;
      reassign();
      await Promise.all(endings.values());
    },
  };
}

const keyOf = (topic: TopicName, partition: number) => `${topic}/${partition}`;

const HEARTBEAT_MS = 1_000;

/** Keeps our place in the group while something within the consumer's own call takes long. */
async function withHeartbeats<T>(lease: Lease, clock: Clock, run: () => Promise<T>): Promise<T> {
  let cancel: () => void = () => undefined;
  const beat = () => {
    cancel = clock.after(HEARTBEAT_MS, () => {
      lease.heartbeat().then(beat, () => undefined); // rebalancing: the lease says so by itself
    });
  };
  beat();
  try {
    return await run();
  } finally {
    cancel();
  }
}
