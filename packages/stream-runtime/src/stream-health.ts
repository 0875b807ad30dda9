import type { TopicName } from '@fineprint/topology';
import type { StreamObserver } from './observer.ts';

/** Why a stage is not ready. Codes are stable. */
export interface HealthProblem {
  readonly code: 'not_in_group' | 'stalled' | 'retrying';
  readonly message: string;
}

export interface StreamHealth extends StreamObserver {
  problems(): readonly HealthProblem[];
  /** Records fetched or known of, and not yet processed. */
  lag(): number;
  /** How many partitions are ours. */
  assignedPartitions(): number;
}

export interface HealthLimits {
  /** Without a group for this long: not ready. A rebalance takes less. */
  readonly groupTimeoutMs: number;
  /** Records wait and nothing has moved for this long: not ready. */
  readonly stallTimeoutMs: number;
}

interface Progress {
  processed: number;
  highWatermark: number;
  movedAtMs: number;
  failing: { operation: string; code: string; message: string } | undefined;
}

/** Knows from what the runtime reports whether a stage makes progress; the truth behind /ready. */
export function createStreamHealth(nowMs: () => number, limits: HealthLimits): StreamHealth {
  let groupSinceMs: number | undefined;
  let outsideSinceMs = nowMs();
  const partitions = new Map<string, Progress>();

  const progressOf = (topic: TopicName, partition: number): Progress => {
    const key = `${topic}/${partition}`;
    const progress = partitions.get(key) ?? {
      processed: 0,
      highWatermark: 0,
      movedAtMs: nowMs(),
      failing: undefined,
    };
    partitions.set(key, progress);
    return progress;
  };

  return {
    assigned(list) {
      groupSinceMs = nowMs();
      partitions.clear();
      for (const { topic, partition } of list) progressOf(topic, partition);
    },
    revoked() {
      if (groupSinceMs !== undefined) outsideSinceMs = nowMs();
      groupSinceMs = undefined;
    },
    fetched(topic, partition, _records, highWatermark) {
      const progress = progressOf(topic, partition);
      // Waiting starts when there is something to wait for.
      if (progress.processed >= progress.highWatermark) progress.movedAtMs = nowMs();
      progress.highWatermark = highWatermark;
    },
    processed({ topic, partition, nextOffset }) {
      const progress = progressOf(topic, partition);
      progress.processed = nextOffset;
      progress.movedAtMs = nowMs();
      progress.failing = undefined;
    },
    retrying({ topic, partition, operation, error }) {
      progressOf(topic, partition).failing = { operation, code: error.code, message: error.message };
    },
    commitFailed: () => undefined, // says nothing about progress; the next commit covers it

    problems() {
      const now = nowMs();
      const problems: HealthProblem[] = [];
      if (groupSinceMs === undefined && now - outsideSinceMs > limits.groupTimeoutMs)
        problems.push({ code: 'not_in_group', message: 'is no member of its consumer group' });
      for (const [name, p] of partitions) {
        if (p.failing !== undefined) {
          const { operation, code, message } = p.failing;
          problems.push({
            code: 'retrying',
            message: `${name}: ${operation} fails with ${code}: ${message}`,
          });
        } else if (p.highWatermark > p.processed && now - p.movedAtMs > limits.stallTimeoutMs) {
          problems.push({ code: 'stalled', message: `${name}: records wait and nothing has moved` });
        }
      }
      return problems;
    },
    lag: () =>
      [...partitions.values()].reduce((sum, p) => sum + Math.max(0, p.highWatermark - p.processed), 0),
    assignedPartitions: () => partitions.size,
  };
}
