import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { DAG_SERVICES, type Fleet } from '../dag/fleet.ts';
import { type Amounts, waitUntilThrough } from '../dag/through.ts';
import { type Figures, watchCosts } from './cost-watch.ts';

export interface Drained {
  readonly events: number;
  /** From the first record that the scrubber took. */
  readonly seconds: number;
  readonly events_per_second: number;
  readonly cpu_seconds_per_million: Figures;
}

const FIRST_LOOK_MS = 100;
const WITHIN_MS = 900_000;

interface Stores {
  readonly clickhouse: ClickHouseClient;
  readonly admin: TopicAdmin;
}

/** Services and parts that have just begun compile more than they work; an installation has long done so. Leaves the scrubber stopped. */
export async function warmUp(fleet: Fleet, stores: Stores, write: () => Promise<Amounts>): Promise<Amounts> {
  await fleet.start(DAG_SERVICES);
  const written = await write();
  await waitUntilThrough(stores, written, WITHIN_MS);
  await fleet.stop(['pii-scrubber']);
  return written;
}

/** Starts the scrubber, behind which all others wait; how long it takes until what lies before it is through. */
export async function runDrain(
  fleet: Fleet,
  stores: Stores,
  { had, waiting }: { readonly had: Amounts; readonly waiting: Amounts },
): Promise<Drained> {
  const events = waiting.product + waiting.ai;
  const started = fleet.start(['pii-scrubber']);
  started.catch(() => undefined); // awaited below
  while ((await fleet.records('pii-scrubber')) === 0) await Promise.race([started, sleep(FIRST_LOOK_MS)]);
  const startedMs = performance.now();
  const watch = watchCosts(fleet);
  const all = { product: had.product + waiting.product, ai: had.ai + waiting.ai };
  await waitUntilThrough(stores, all, WITHIN_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  await started;
  return {
    events,
    seconds: Math.round(seconds * 10) / 10,
    events_per_second: Math.round(events / seconds),
    cpu_seconds_per_million: await watch.end(events),
  };
}
