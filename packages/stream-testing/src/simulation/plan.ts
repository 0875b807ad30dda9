import type { Jurisdiction } from '@fineprint/consent';
import type { NodeName } from '@fineprint/topology';
import { createRandom, type Random } from './random.ts';
import { FAIR, type Weather } from './remote.ts';

/** The nodes that read topics and are simulated. */
export const SIMULATED = [
  'pii-scrubber',
  'ai-aggregator',
  'funnel-builder',
  'person-builder',
  'warehouse-loader',
  'postgres-loader',
  'forwarder-mixpanel',
  'snowflake-loader',
] as const satisfies readonly NodeName[];
export type SimulatedNode = (typeof SIMULATED)[number];

export const REMOTES = [
  'broker',
  'redis',
  'clickhouse',
  'postgres',
  'registry',
  'disk',
  'http',
  'definitions',
  'destination',
  'snowflake',
] as const;
export type RemoteName = (typeof REMOTES)[number];

export const FAULTS = [
  'kill',
  'freeze',
  'stop',
  'scale',
  'rebalance',
  'clock-jump',
  'remote-freeze',
  'remote-away',
  'storm',
  'redis-flush',
  'redis-restart',
  'lose-rows',
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** What a seed decides before anything runs. Each seed leaves out some faults, so that the others get room. */
export interface Plan {
  readonly seed: number;
  readonly partitions: number;
  readonly instances: Readonly<Record<SimulatedNode, number>>;
  readonly events: number;
  /** Until when producers send and faults strike. */
  readonly faultyMs: number;
  readonly maxFetch: number;
  readonly weather: Weather;
  readonly faults: readonly FaultKind[];
  /** Between two faults, on average. */
  readonly faultEveryMs: number;
  /** The chance that a process dies right before or after an effect of its own. */
  readonly killAtEffect: number;
  /** What silence about consent means. */
  readonly law: Jurisdiction;
  /** Pseudonyms stand in place of ids. */
  readonly anonymize: boolean;
}

export function createPlan(seed: number): Plan {
  const random = createRandom(seed).fork('plan');
  const enabled = FAULTS.filter(() => random.chance(0.5));
  const instances = Object.fromEntries(
    SIMULATED.map((node) => [node, 1 + random.below(3)]),
  ) as Plan['instances'];
  return {
    seed,
    partitions: 1 + random.below(3),
    instances,
    events: 20 + random.below(60),
    faultyMs: random.between(40_000, 120_000),
    maxFetch: 1 + random.below(12),
    weather: weatherOf(random),
    faults: enabled.length === 0 ? ['kill'] : enabled,
    faultEveryMs: random.between(2_000, 20_000),
    killAtEffect: random.chance(0.5) ? random.between(0.002, 0.05) : 0,
    // Mostly one that lets silence pass: what is dropped tries nothing behind the scrubber.
    law: random.fork('law').pick(['none', 'none', 'ccpa', 'gdpr']),
    anonymize: random.fork('anonymize').chance(0.5),
  };
}

/** A third of the seeds have no bad weather beside the faults; no seed has every kind of it. */
function weatherOf(random: Random): Weather {
  if (random.chance(0.3)) return FAIR;
  const some = (most: number) => (random.chance(0.5) ? random.between(0, most) : 0);
  return {
    slow: some(0.05),
    lostRequest: some(0.02),
    lostReply: some(0.03),
    late: some(0.02),
    error: some(0.05),
  };
}
