import { type TopicDefinition, topics } from './topics.ts';

/** A topic as Kafka has it. */
export interface ActualTopic {
  readonly partitions: number;
  /** Copies of each partition. */
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
}

/** What has to happen so that Kafka has the declared topics. */
export interface TopicPlan {
  readonly create: readonly string[];
  /** Settings that may change while records stay as they are: retention, size limit. */
  readonly alter: readonly {
    topic: string;
    /** What changes, and what it was. */
    config: Record<string, string>;
    was: Record<string, string | undefined>;
    /** The whole declared configuration. */
    declared: Record<string, string>;
  }[];
  /** Differences that would change what records mean (partitions, cleanup, whose clock); never changed silently. */
  readonly refuse: readonly string[];
}

export interface TopicSettings {
  readonly replicationFactor: number;
  /** Hours raw and dead-letter topics keep the original bytes (RAW_RETENTION_HOURS). */
  readonly rawRetentionHours: number;
  /** Topics that keep records for another time (RETENTION_OVERRIDES). */
  readonly topicHours?: ReadonlyMap<string, number>;
}

const MS_PER_HOUR = 3_600_000;
/** Readers of a compacted topic take the highest as-of of what they find; a stale last record must not be all there is. */
const MIN_COMPACTION_LAG_MS = MS_PER_HOUR;

/** Kafka's per-topic configuration for a declared topic. */
export function topicConfig(
  name: string,
  topic: TopicDefinition,
  settings: TopicSettings,
): Record<string, string> {
  const usual = topic.classification === 'pii' ? settings.rawRetentionHours : topic.retentionHours;
  const hours = settings.topicHours?.get(name) ?? usual;
  return {
    'cleanup.policy': topic.cleanup,
    'min.compaction.lag.ms': String(topic.cleanup === 'compact' ? MIN_COMPACTION_LAG_MS : 0),
    'message.timestamp.type': topic.timestamps,
    'max.message.bytes': String(topic.maxMessageBytes),
    'retention.ms': String(hours * MS_PER_HOUR),
    'min.insync.replicas': String(settings.replicationFactor >= 3 ? 2 : 1),
  };
}

const FIXED = ['cleanup.policy', 'message.timestamp.type'];

/** Compares the declared topics with what Kafka has. Pure; the caller applies it. */
export function planTopics(
  actual: ReadonlyMap<string, ActualTopic>,
  settings: TopicSettings,
  declared: Readonly<Record<string, TopicDefinition>> = topics,
): TopicPlan {
  const create: string[] = [];
  const alter: TopicPlan['alter'][number][] = [];
  const refuse: string[] = [];
  for (const [topic, definition] of Object.entries(declared)) {
    const has = actual.get(topic);
    if (has === undefined) {
      create.push(topic);
      continue;
    }
    if (has.partitions !== definition.partitions) {
      refuse.push(
        `${topic} has ${has.partitions} partitions, declared are ${definition.partitions}: keys would move to other partitions and lose their order`,
      );
    }
    // How many copies must confirm follows from how many there are; more copies are made by Kafka's own tools.
    const config = topicConfig(topic, definition, { ...settings, replicationFactor: has.replicas });
    const differing = Object.entries(config).filter(([key, value]) => has.config[key] !== value);
    for (const [key, value] of differing.filter(([k]) => FIXED.includes(k))) {
      refuse.push(`${topic} has ${key}=${has.config[key] ?? 'unset'}, declared is ${value}`);
    }
    const free = differing.filter(([k]) => !FIXED.includes(k));
    if (free.length > 0) {
      const was = Object.fromEntries(free.map(([k]) => [k, has.config[k]]));
      alter.push({ topic, config: Object.fromEntries(free), was, declared: config });
    }
  }
  return { create, alter, refuse };
}
