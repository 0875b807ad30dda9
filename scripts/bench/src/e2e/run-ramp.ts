import type { ClickHouseClient } from '@clickhouse/client';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { Fleet } from '../dag/fleet.ts';
import { type Posted, runLoad } from '../dag/start-load.ts';
import { type Amounts, storedRows, waitUntilThrough } from '../dag/through.ts';
import { costBetween, type Figures } from './cost-watch.ts';

/** Where nobody names a rate: each is tried until one is not kept up with. */
export const RAMP = [
  1_000, 2_000, 4_000, 6_000, 8_000, 10_000, 12_500, 15_000, 20_000, 25_000, 32_000, 40_000,
];

export interface Step {
  readonly asked_per_second: number;
  readonly accepted_per_second: number;
  /** From the end of the load until all of it was in the tables, metrics and funnels. */
  readonly behind_seconds: number;
  /** Accepted events over load and what came after. */
  readonly through_per_second: number;
  readonly ack_p99_ms: number;
  readonly failed: number;
  readonly kept_up: boolean;
  readonly cpu_seconds_per_million: Figures;
}

/** Code that is not compiled yet, first connections. */
const WARM_UP = { rate: 2_000, seconds: 4 };
const BATCH = 100;
const WITHIN_MS = 300_000;
/** Lingers, flushes and looks of five hops one after another; a backlog takes longer, and the longer the more. */
const IN_FLIGHT_S = 3;
const NEARLY = 0.97;

interface Ground {
  readonly fleet: Fleet;
  readonly clickhouse: ClickHouseClient;
  readonly admin: TopicAdmin;
  readonly key: string;
  readonly aiShare: number;
}

/** After a warm-up posts at these rates, one after another, each until all is through; ends with the first that is not kept up with. */
export async function runRamp(
  ground: Ground,
  rates: readonly number[],
  seconds: number,
  onStep: (step: Step) => void,
): Promise<Step[]> {
  const steps: Step[] = [];
  await runStep(ground, WARM_UP.rate, WARM_UP.seconds);
  for (const rate of rates) {
    const step = await runStep(ground, rate, seconds);
    steps.push(step);
    onStep(step);
    if (!step.kept_up) break;
  }
  return steps;
}

async function runStep(
  { fleet, clickhouse, admin, key, aiShare }: Ground,
  rate: number,
  seconds: number,
): Promise<Step> {
  const [before, had] = await Promise.all([fleet.costs(), storedRows(clickhouse)]);
  const url = fleet.urlOf('ingest-gateway');
  const posted = await runLoad({ url, key, rate, seconds, batch: BATCH, aiShare });
  const loadedMs = performance.now();
  await waitUntilThrough({ clickhouse, admin }, sum(had, posted.accepted), WITHIN_MS);
  const behind = (performance.now() - loadedMs) / 1_000;
  return stepOf(rate, posted, behind, costBetween(before, await fleet.costs(), countOf(posted.accepted)));
}

export function stepOf(rate: number, posted: Posted, behindSeconds: number, cost: Figures): Step {
  const events = countOf(posted.accepted);
  const failed = Object.values(posted.failed).reduce((total, count) => total + count, 0);
  const accepted = events / posted.seconds;
  return {
    asked_per_second: rate,
    accepted_per_second: Math.round(accepted),
    behind_seconds: Math.round(behindSeconds * 10) / 10,
    through_per_second: Math.round(events / (posted.seconds + behindSeconds)),
    ack_p99_ms: posted.ack_ms.p99,
    failed,
    kept_up: failed === 0 && accepted >= rate * NEARLY && behindSeconds <= IN_FLIGHT_S,
    cpu_seconds_per_million: cost,
  };
}

const countOf = ({ product, ai }: Amounts): number => product + ai;
const sum = (a: Amounts, b: Amounts): Amounts => ({ product: a.product + b.product, ai: a.ai + b.ai });
