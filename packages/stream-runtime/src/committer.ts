import type { TopicName } from '@fineprint/topology';
import type { Clock, GroupConsumer, Lease } from './ports.ts';

/** Commits where partitions are, at most once per interval each: what a crash repeats is dropped by readers. */
export interface Committer {
  /** Everything before `nextOffset` has had its effects acknowledged. */
  done(lease: Lease, topic: TopicName, partition: number, nextOffset: number): void;
  /** Commits what is outstanding. */
  flush(): Promise<void>;
}

interface Pending {
  readonly lease: Lease;
  readonly topic: TopicName;
  readonly partition: number;
  readonly nextOffset: number;
}

export function createCommitter(
  consumer: GroupConsumer,
  clock: Clock,
  intervalMs: number,
  onError: (error: unknown) => void,
): Committer {
  const pending = new Map<string, Pending>();
  let cancelTimer: (() => void) | undefined;
  let running: Promise<void> | undefined;

  const arm = () => {
    cancelTimer ??= clock.after(intervalMs, () => {
      cancelTimer = undefined;
      void flush();
    });
  };
  const commitAll = async () => {
    const batch = [...pending];
    pending.clear();
    for (const [key, p] of batch) {
      try {
        await consumer.commit(p.lease, p.topic, p.partition, p.nextOffset);
      } catch (error) {
        onError(error);
        // The group is rebalancing or the broker away. Without another record nobody would come back to it.
        if (!p.lease.owned() || pending.has(key)) continue;
        pending.set(key, p);
        arm();
      }
    }
  };
  const flush = async () => {
    cancelTimer?.();
    cancelTimer = undefined;
    await running;
    running = commitAll();
    await running;
  };

  return {
    done(lease, topic, partition, nextOffset) {
      pending.set(`${topic}/${partition}`, { lease, topic, partition, nextOffset });
      arm();
    },
    flush,
  };
}
