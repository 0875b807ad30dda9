import type { TopicAdmin } from '@fineprint/stream-runtime';
import { nodes } from '@fineprint/topology';
import type { LabContext } from '../../lab.ts';
import type { StandstillWatch } from '../../standstill.ts';
import type { Way } from './ways.ts';

const FORWARDER = 'forwarder-mixpanel';
const INPUT = 'product.events.clean';
const TOLD_WITHIN_MS = 20_000;
const CAUGHT_UP_WITHIN_MS = 30_000;
/** What it has to deliver, beside the load that goes on: a second more for so many. */
const WAITING_PER_SECOND = 200;
const caughtUpWithinMs = (waited: number) => CAUGHT_UP_WITHIN_MS + (waited / WAITING_PER_SECOND) * 1_000;
const STANDSTILL_MS = 10_000;
const LOOK_EVERY_MS = 250;
const ASK_TIMEOUT_MS = 5_000;
/** It says so of each partition. */
const SHOWN_CHARS = 200;

/** For so long; longer where the forwarder has not noticed yet, or the loader is between two batches. */
export async function checkWhileAway(
  context: LabContext,
  way: Way,
  awayMs: number,
  standstill: StandstillWatch,
): Promise<void> {
  const seen = await watchWhileAway(context, way, awayMs, standstill);
  const { check } = context;
  check(`${FORWARDER} says so: ${way.what}`, seen.told, seen.said.slice(0, SHOWN_CHARS));
  check(`events are stored meanwhile: ${way.what}`, seen.stored > 0, `${seen.stored} product events`);
}

/** Once it is back: what lay before the forwarder is delivered in time. */
export async function checkCatchUp(
  context: LabContext,
  what: string,
  admin: TopicAdmin,
  standstill: StandstillWatch,
): Promise<void> {
  const { check, figure } = context;
  const { waited, waiting, tookMs } = await catchUp(context, admin, standstill);
  check(
    `what waited is delivered in time: ${what}`,
    waiting === 0,
    `${waited} waited, ${waiting} were left after ${inSeconds(tookMs)} s of ${inSeconds(caughtUpWithinMs(waited))} s`,
  );
  figure('waited_events', waited);
  figure('caught_up_after_s', inSeconds(tookMs));
}

/** Of the warehouse, over all that was watched. */
export function checkStandstill({ check, figure }: LabContext, standstill: StandstillWatch): void {
  const { table, longestMs } = standstill.worst();
  check(
    'no table of the warehouse stands still while a destination is away',
    longestMs < STANDSTILL_MS,
    `${table} for ${inSeconds(longestMs)} s`,
  );
  figure('longest_standstill_s', inSeconds(longestMs));
}

async function watchWhileAway(
  context: LabContext,
  { told }: Way,
  awayMs: number,
  standstill: StandstillWatch,
) {
  const { fleet, progress } = context;
  const { url } = fleet.one(FORWARDER);
  const startMs = performance.now();
  const stored = () => progress.stored.get('product_events') ?? 0;
  const storedBefore = stored();
  const seen = { told: false, said: '', stored: 0 };
  for (;;) {
    await step(context, standstill);
    if (!seen.told) {
      seen.said = await askReady(url);
      seen.told = seen.said.includes('destination_unavailable') && seen.said.includes(told);
    }
    seen.stored = stored() - storedBefore;
    const tookMs = performance.now() - startMs;
    if (tookMs > awayMs + TOLD_WITHIN_MS || (tookMs > awayMs && seen.told && seen.stored > 0)) return seen;
  }
}

/** Until the forwarder has passed whatever lay before it when the destination came back; the load goes on behind that. */
async function catchUp(context: LabContext, admin: TopicAdmin, standstill: StandstillWatch) {
  const startMs = performance.now();
  const ends = await admin.watermarks(INPUT);
  const waitingNow = async () => {
    const committed = new Map(
      (await admin.committed(nodes[FORWARDER].group, INPUT)).map((c) => [c.partition, c.nextOffset]),
    );
    return ends.reduce(
      (sum, { partition, low, high }) => sum + Math.max(0, high - (committed.get(partition) ?? low)),
      0,
    );
  };
  const waited = await waitingNow();
  for (let waiting = waited; ; waiting = await waitingNow()) {
    const tookMs = performance.now() - startMs;
    if (waiting === 0 || tookMs > caughtUpWithinMs(waited)) return { waited, waiting, tookMs };
    await step(context, standstill);
  }
}

async function step({ sleep, progress }: LabContext, standstill: StandstillWatch): Promise<void> {
  await sleep(LOOK_EVERY_MS);
  standstill.look(progress.stored, performance.now());
}

const askReady = (url: string): Promise<string> =>
  fetch(`${url}/ready`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) }).then(
    async (answer) => `${answer.status} ${await answer.text()}`,
    (error: unknown) => String(error),
  );

const inSeconds = (ms: number) => Math.round(ms / 100) / 10;
