import { type TopicName, topics } from '@fineprint/topology';
import { copyOf } from './account.ts';
import { extended, type LedgerWriter, type PlacedWork, type Work } from './ledger.ts';
import type { Clock, GroupConsumer, Lease } from './ports.ts';

/**
 * Commits where partitions are, at most once per interval each: what a crash repeats is dropped by readers. Before a
 * position is committed the ledger holds what became of everything before it, so every run starts where an entry ends.
 */
export interface Committer {
  /** Everything before `work.nextOffset` has had its effects acknowledged. */
  done(lease: Lease, topic: TopicName, partition: number, work: Work): void;
  /** Writes the books and commits what is outstanding. */
  flush(): Promise<void>;
}

export interface CommitterOptions {
  readonly consumer: GroupConsumer;
  readonly clock: Clock;
  readonly ledger: LedgerWriter;
  readonly intervalMs: number;
  readonly onError: (error: unknown) => void;
}

interface Pending {
  readonly lease: Lease;
  readonly topic: TopicName;
  readonly partition: number;
  /** Not in the ledger yet, in order; neighbours are one. */
  readonly works: readonly Work[];
  readonly nextOffset: number;
}

export function createCommitter(options: CommitterOptions): Committer {
  const { consumer, clock, ledger, onError } = options;
  let pending = new Map<string, Pending>();
  /** How far the ledger reaches, per partition and generation. */
  const told = new Map<string, { readonly lease: Lease; readonly nextOffset: number }>();
  let cancelTimer: (() => void) | undefined;
  /** Commits under way, one after another: an older position must not come after a newer one. */
  let running: Promise<void> = Promise.resolve();

  const arm = () => {
    cancelTimer ??= clock.after(options.intervalMs, () => {
      cancelTimer = undefined;
      void flush();
    });
  };

  /** Puts back what could not be written, before what has come since. */
  const putBack = (key: string, p: Pending) => {
    if (!p.lease.owned()) return; // whoever owns the partition now repeats it, and tells of it
    const since = pending.get(key);
    pending.set(
      key,
      since === undefined ? p : { ...since, works: joined(p.topic, [...p.works, ...since.works]) },
    );
    arm();
  };

  /** Where compaction leaves holes, a run reaches from where the last one ended, not from the first record found. */
  const spanned = async (key: string, p: Pending): Promise<PlacedWork[]> => {
    const [first, ...rest] = p.works;
    if (first === undefined) return [];
    const place = { topic: p.topic, partition: p.partition };
    if (!hasHoles(p.topic)) return p.works.map((work) => ({ ...work, ...place }));
    const last = told.get(key);
    const before = last?.lease.owned() ? last.nextOffset : await consumer.committed(p.topic, p.partition);
    const firstOffset = Math.min(before ?? 0, first.firstOffset);
    return [{ ...first, firstOffset }, ...rest].map((work) => ({ ...work, ...place }));
  };

  const writeBooks = async (taken: ReadonlyMap<string, Pending>) => {
    const works: PlacedWork[] = [];
    for (const [key, p] of taken) works.push(...(await spanned(key, p)));
    await ledger.write(works);
    for (const [key, p] of taken) told.set(key, { lease: p.lease, nextOffset: p.nextOffset });
  };

  const commitOne = async (key: string, p: Pending) => {
    try {
      await consumer.commit(p.lease, p.topic, p.partition, p.nextOffset);
    } catch (error) {
      onError(error);
      // The group is rebalancing or the broker away. Without another record nobody would come back to it.
      putBack(key, { ...p, works: [] });
    }
  };

  const commitAll = async () => {
    const taken = new Map([...pending].filter(([, p]) => p.lease.owned()));
    pending = new Map();
    try {
      await writeBooks(taken);
    } catch (error) {
      onError(error);
      for (const [key, p] of taken) putBack(key, p);
      return;
    }
    // All at once: the consumer makes one request of it.
    await Promise.all([...taken].map(([key, p]) => commitOne(key, p)));
  };

  const flush = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    running = running.then(commitAll);
    return running;
  };

  return {
    done(lease, topic, partition, work) {
      const key = `${topic}/${partition}`;
      const before = pending.get(key);
      const works = joined(topic, [...(before?.lease.owned() ? before.works : []), work]);
      pending.set(key, { lease, topic, partition, works, nextOffset: work.nextOffset });
      arm();
    },
    flush,
  };
}

const hasHoles = (topic: TopicName) => topics[topic].cleanup === 'compact';

/** Neighbours become one, so that however long Kafka is away little waits. A hole that compaction did not make stays visible. */
function joined(topic: TopicName, works: readonly Work[]): Work[] {
  const result: Work[] = [];
  for (const work of works) {
    const last = result.at(-1);
    if (last === undefined || (last.nextOffset !== work.firstOffset && !hasHoles(topic))) {
      result.push({ ...work, account: copyOf(work.account) });
      continue;
    }
    last.account.merge(work.account);
    result[result.length - 1] = extended(last, { ...work, account: last.account });
  }
  return result;
}
