import type { TopicName } from '@fineprint/topology';
import type { StreamErrorCode } from './errors.ts';
import type { StreamObserver } from './observer.ts';

/** Why a stage is not ready. Codes are stable. */
export interface HealthProblem {
  readonly code:
    | 'group_lost' // no member of the consumer group
    | 'no_progress' // records wait and nothing moves
    | 'registry_unavailable' // a schema that is needed cannot be had
    | 'kafka_unavailable' // Kafka does not take or give records
    | 'topic_recreated' // a topic is not the one that was read before
    | 'store_unavailable' // a store is away or refuses
    | 'destination_unavailable' // what events are forwarded to is away, busy or refuses the key
    | 'retrying'; // something else fails and is tried again
  readonly message: string;
}

/** What a failure that is tried again says of the parts. */
const CODES: Partial<Record<StreamErrorCode, HealthProblem['code']>> = {
  registry_unavailable: 'registry_unavailable',
  kafka_unavailable: 'kafka_unavailable',
  write_failed: 'kafka_unavailable',
  topic_recreated: 'topic_recreated',
  unavailable: 'store_unavailable',
  destination_unavailable: 'destination_unavailable',
};

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
  failing: { operation: string; code: StreamErrorCode; message: string } | undefined;
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
        problems.push({ code: 'group_lost', message: 'is no member of its consumer group' });
      for (const [name, p] of partitions) {
        if (p.failing !== undefined) {
          const { operation, code, message } = p.failing;
          problems.push({
            code: CODES[code] ?? 'retrying',
            message: `${name}: ${operation} fails with ${code}: ${message}`,
          });
        } else if (p.highWatermark > p.processed && now - p.movedAtMs > limits.stallTimeoutMs) {
          problems.push({ code: 'no_progress', message: `${name}: records wait and nothing has moved` });
        }
      }
      return problems;
    },
    lag: () =>
      [...partitions.values()].reduce((sum, p) => sum + Math.max(0, p.highWatermark - p.processed), 0),
    assignedPartitions: () => partitions.size,
  };
}
