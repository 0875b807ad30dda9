import type { Logger, ReadyReason } from '@fineprint/observability';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { inputTopics, type NodeName, nodes } from '@fineprint/topology';

/**
 * Looks at the group from outside: does Kafka have the topics, and does the group's position move while there is
 * something to read? A consumer that is stuck inside its client reports nothing, so its own word is not enough.
 */
export interface GroupWatch {
  reasons(): readonly ReadyReason[];
  /** Records between the group's position and the topics' ends; undefined before the first look. */
  lag(): number | undefined;
  stop(): void;
}

interface Seen {
  committed: number;
  lag: number;
  sinceMs: number;
}

export interface GroupWatchOptions {
  readonly admin: TopicAdmin;
  readonly node: NodeName;
  readonly log: Logger;
  readonly nowMs: () => number;
  readonly intervalMs: number;
  readonly stallTimeoutMs: number;
}

export function startGroupWatch(options: GroupWatchOptions): GroupWatch {
  const { admin, node, log, nowMs } = options;
  const inputs = inputTopics(nodes[node]);
  const group = nodes[node].group;
  const seen = new Map<string, Seen>();
  let topicReasons: ReadyReason[] = [];
  let lag: number | undefined;

  const look = async () => {
    const problems = await admin.topicProblems(inputs);
    topicReasons = problems.map((message) => ({ code: 'topic_wrong', message }));
    if (problems.length > 0 || group === null) return;
    let total = 0;
    for (const topic of inputs) {
      const ends = await admin.watermarks(topic);
      const committed = new Map(
        (await admin.committed(group, topic)).map((p) => [p.partition, p.nextOffset]),
      );
      for (const { partition, low, high } of ends) {
        const at = committed.get(partition) ?? low;
        const key = `${topic}/${partition}`;
        const before = seen.get(key);
        const behind = Math.max(0, high - at);
        const moved = before === undefined || before.committed !== at || before.lag === 0;
        seen.set(key, { committed: at, lag: behind, sinceMs: moved ? nowMs() : before.sinceMs });
        total += behind;
      }
    }
    lag = total;
  };
  const timer = setInterval(() => {
    look().catch((err: unknown) => log.warn({ err }, 'could not look at the consumer group'));
  }, options.intervalMs);
  look().catch((err: unknown) => log.warn({ err }, 'could not look at the consumer group'));

  return {
    lag: () => lag,
    stop: () => clearInterval(timer),
    reasons: () => [
      ...topicReasons,
      ...[...seen]
        .filter(([, s]) => s.lag > 0 && nowMs() - s.sinceMs > options.stallTimeoutMs)
        .map(([key, s]) => ({
          code: 'no_progress',
          message: `${key}: ${s.lag} records wait and the group does not move`,
        })),
    ],
  };
}
