import { inputTopics, isOptional, type NodeName, nodes, type TopicName, topics } from '@fineprint/topology';
import type { Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import { kindOfTopic, shareOf } from './kinds.ts';
import { coresFor } from './plan-services.ts';

export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  /** At the busiest: what producers write, one copy, and what groups read. */
  readonly inBytesPerSecond: number;
  readonly outBytesPerSecond: number;
  readonly retentionHours: number;
  /** Copies included; of a compacted topic what a day writes, since how many keys there are is not known. */
  readonly diskBytes: number;
}

export interface KafkaPlan {
  readonly topics: readonly TopicPlan[];
  readonly brokers: number;
  /** As if a copy cost the broker as much as the original: more than it does. */
  readonly cores: number;
  readonly inBytesPerSecond: number;
  readonly replicationBytesPerSecond: number;
  readonly outBytesPerSecond: number;
  readonly diskBytesPerDay: number;
  readonly diskBytes: number;
}

const HOUR_S = 3_600;
const DAY_S = 86_400;
const MIB = 1_048_576;
const COMPACTED_HOURS = 24;

export function planKafka(demand: Demand, figures: Figures, partitions: number): KafkaPlan {
  const { replication, eventsPerSecond, averagePerSecond, aiShare } = demand;
  const plans = Object.entries(figures.bytes_per_event.kafka)
    .filter(([topic]) => topic in topics)
    .map(([topic, bytes]) => planTopic(topic as TopicName, bytes, demand, figures, partitions));
  const inBytes = sum(plans, (p) => p.inBytesPerSecond);
  const cores = coresFor(figures, 'kafka', eventsPerSecond, aiShare) * replication;
  const written = inBytes * replication;
  return {
    topics: plans,
    brokers: Math.max(replication, Math.ceil(written / (demand.brokerMiBPerSecond * MIB))),
    cores,
    inBytesPerSecond: inBytes,
    replicationBytesPerSecond: written - inBytes,
    outBytesPerSecond: sum(plans, (p) => p.outBytesPerSecond),
    diskBytesPerDay: (inBytes / eventsPerSecond) * averagePerSecond * DAY_S * replication,
    diskBytes: sum(plans, (p) => p.diskBytes),
  };
}

function planTopic(
  topic: TopicName,
  bytesPerEvent: number,
  demand: Demand,
  { ai_share }: Figures,
  partitions: number,
): TopicPlan {
  const kind = kindOfTopic(topic);
  const perEvent = (bytesPerEvent / shareOf(kind, ai_share)) * shareOf(kind, demand.aiShare);
  const inBytesPerSecond = perEvent * demand.eventsPerSecond;
  const retentionHours = hoursOf(topic, demand);
  return {
    topic,
    partitions,
    inBytesPerSecond,
    outBytesPerSecond: inBytesPerSecond * readersOf(topic),
    retentionHours,
    diskBytes: perEvent * demand.averagePerSecond * retentionHours * HOUR_S * demand.replication,
  };
}

function hoursOf(topic: TopicName, demand: Demand): number {
  const { cleanup, classification, retentionHours } = topics[topic];
  if (cleanup === 'compact') return COMPACTED_HOURS;
  return classification === 'pii' ? demand.rawRetentionHours : retentionHours;
}

/** Groups that always run; a destination's forwarder reads product.events.clean once more. */
const readersOf = (topic: TopicName): number =>
  (Object.keys(nodes) as NodeName[]).filter(
    (name) => !isOptional(name) && inputTopics(nodes[name]).includes(topic),
  ).length;

const sum = <T>(of: readonly T[], value: (one: T) => number): number =>
  of.reduce((total, one) => total + value(one), 0);
