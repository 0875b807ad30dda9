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

  const commitAll = async () => {
    const batch = [...pending.values()];
    pending.clear();
    for (const p of batch) {
      try {
        await consumer.commit(p.lease, p.topic, p.partition, p.nextOffset);
      } catch (error) {
        onError(error); // the group is rebalancing or the broker away; the next commit says more, or a reader drops repeats
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
      cancelTimer ??= clock.after(intervalMs, () => {
        cancelTimer = undefined;
        void flush();
      });
    },
    flush,
  };
}
