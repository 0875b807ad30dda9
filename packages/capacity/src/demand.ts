import { CapacityError } from './capacity-error.ts';

/** What the pipeline has to carry, and how much is to be left free. */
export interface Demand {
  /** At the busiest. */
  readonly eventsPerSecond: number;
  /** Over a day: what disks and the dedup window fill with. */
  readonly averagePerSecond: number;
  /** The share of AI requests; the others are product events. */
  readonly aiShare: number;
  /** The share of a core that a process may use at the busiest: what is left is for restarts, rebalances and catching up. */
  readonly headroom: number;
  /** Copies of every topic. */
  readonly replication: number;
  readonly rawRetentionHours: number;
  readonly dedupHours: number;
  readonly retentionDays: number;
  /** People that the events are of. */
  readonly subjects: number;
  /** What one broker may be written with, copies included: an assumption, depends on its disks. */
  readonly brokerMiBPerSecond: number;
  /** Partitions that a topic may have at most. */
  readonly maxPartitions: number;
}

export const DEFAULT_DEMAND = {
  aiShare: 0.25,
  headroom: 0.6,
  replication: 3,
  rawRetentionHours: 72,
  dedupHours: 168,
  retentionDays: 365,
  subjects: 1_000_000,
  brokerMiBPerSecond: 100,
  maxPartitions: 1_000,
} as const satisfies Omit<Demand, 'eventsPerSecond' | 'averagePerSecond'>;

const LIMITS: Readonly<Record<keyof Demand, readonly [min: number, max: number]>> = {
  eventsPerSecond: [1, 1e9],
  averagePerSecond: [0.001, 1e9],
  aiShare: [0, 1],
  headroom: [0.05, 1],
  replication: [1, 9],
  rawRetentionHours: [1, 8_760],
  dedupHours: [1, 8_760],
  retentionDays: [1, 36_500],
  subjects: [1, 1e11],
  brokerMiBPerSecond: [1, 100_000],
  maxPartitions: [1, 100_000],
};

/** Throws CapacityError `DEMAND_INVALID` with all that is wrong. */
export function checkDemand(demand: Demand): void {
  const problems = Object.entries(LIMITS).flatMap(([name, [min, max]]) => {
    const value = demand[name as keyof Demand];
    return value >= min && value <= max ? [] : [`${name} is ${value}, expected ${min} to ${max}`];
  });
  if (demand.averagePerSecond > demand.eventsPerSecond)
    problems.push(
      `averagePerSecond is ${demand.averagePerSecond}, more than the ${demand.eventsPerSecond} of the busiest second`,
    );
  if (problems.length > 0) throw new CapacityError('DEMAND_INVALID', problems.join('; '));
}
