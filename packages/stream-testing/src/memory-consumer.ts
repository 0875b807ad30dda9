import type { ConsumerHandlers, GroupConsumer, Lease } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import type { MemoryLog } from './memory-log.ts';

/** A consumer over a memory log, whose group the test turns: `rebalance` starts a new generation. */
export interface MemoryConsumer extends GroupConsumer {
  /** Hands over everything that waits, until nothing moves any more. */
  poll(): Promise<void>;
  /** A new generation, which resumes from what was committed. Leases given before are void. */
  rebalance(): void;
  readonly commits: ReadonlyMap<string, number>;
}

export function createMemoryConsumer(
  log: MemoryLog,
  subscribed: readonly TopicName[],
  maxBatch = 100,
): MemoryConsumer {
  const commits = new Map<string, number>();
  const positions = new Map<string, number>();
  const paused = new Set<string>();
  let generation = 0;
  let handlers: ConsumerHandlers | undefined;
  const partitions = subscribed.flatMap((topic) =>
    Array.from({ length: topics[topic].partitions }, (_, partition) => ({
      topic,
      partition,
      key: `${topic}/${partition}`,
    })),
  );

  const leaseOf = (): Lease => {
    const taken = generation;
    return { owned: () => taken === generation, fresh: () => true, heartbeat: () => Promise.resolve() };
  };

  const rebalance = () => {
    generation++;
    for (const { key } of partitions) positions.set(key, commits.get(key) ?? 0);
    handlers?.onAssigned(
      partitions.map(({ topic, partition }) => ({ topic, partition })),
      leaseOf,
    );
  };

  const pollOne = async (topic: TopicName, partition: number, key: string): Promise<boolean> => {
    const from = positions.get(key) ?? 0;
    const all = log.read(topic, partition);
    const records = all.slice(from, from + maxBatch);
    if (paused.has(key) || records.length === 0 || handlers === undefined) return false;
    const nextOffset = from + records.length;
    positions.set(key, nextOffset);
    await handlers.onBatch({ topic, partition, records, nextOffset, highWatermark: all.length }, leaseOf());
    return true;
  };

  return {
    commits,
    crashed: new Promise(() => undefined),
    rebalance,
    start(given) {
      handlers = given;
      rebalance();
      return Promise.resolve();
    },
    async poll() {
      for (let moved = true; moved; ) {
        moved = false;
        for (const { topic, partition, key } of partitions)
          moved = (await pollOne(topic, partition, key)) || moved;
      }
    },
    commit(lease, topic, partition, nextOffset) {
      if (!lease.owned()) return Promise.resolve(false);
      commits.set(`${topic}/${partition}`, nextOffset);
      return Promise.resolve(true);
    },
    committed: (topic, partition) => Promise.resolve(commits.get(`${topic}/${partition}`) ?? null),
    seek: (topic, partition, offset) =>
      void positions.set(`${topic}/${partition}`, offset === 'earliest' ? 0 : offset),
    pause: (topic, partition) => void paused.add(`${topic}/${partition}`),
    resume: (topic, partition) => void paused.delete(`${topic}/${partition}`),
    stop() {
      generation++;
      handlers = undefined;
      return Promise.resolve();
    },
  };
}
