import { always, type Fault } from '@fineprint/contract-servers';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { nodes } from '@fineprint/topology';
import type { Lab, LabContext } from '../lab.ts';
import { type StandstillWatch, watchStandstill } from '../standstill.ts';

const FORWARDER = 'forwarder-mixpanel';
const INPUT = 'product.events.clean';
const AWAY_MS = 5_000;
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

interface Way {
  readonly what: string;
  /** Null: nobody listens on its port. */
  readonly fault: Fault | null;
  /** What /ready of the forwarder has to say meanwhile. */
  readonly told: string;
}

/** The last one is the nasty one: whoever gives an event up for it has lost nothing, and whoever repeats it has it twice. */
const TAKES_IN_SILENCE = 'the destination takes the events and lets the answer time out';
const WAYS: readonly Way[] = [
  { what: 'the destination refuses connections', fault: null, told: 'does not answer' },
  {
    what: 'the destination answers 429 with Retry-After',
    fault: { kind: 'busy', retryAfterS: 1 },
    told: 'answers 429',
  },
  { what: 'the destination answers 500', fault: { kind: 'error', status: 500 }, told: 'answers 500' },
  { what: 'the destination hangs', fault: { kind: 'hang' }, told: 'does not answer' },
  { what: TAKES_IN_SILENCE, fault: { kind: 'timeout-after' }, told: 'does not answer' },
];

export const destinationAway: Lab = {
  name: 'destination-away',
  title:
    'the destination of a forwarder refuses connections, answers 429 or 500, hangs, and takes events without a word, one after another',
  kind: 'fault',
  passes:
    'the warehouse goes on (no table stands still for 10 s), /ready of the forwarder names it, and after its return what waited is delivered within 30 s, and a second more for each 200 events',
  takesMs: 44_000,
  async run(context) {
    const { target, random, check, figure } = context;
    const standstill = watchStandstill();
    const admin = await target.kafka.admin();
    try {
      for (const way of random.shuffled(WAYS)) await beAway(context, way, standstill, admin);
    } finally {
      await admin.close();
    }
    const { table, longestMs } = standstill.worst();
    check(
      'no table of the warehouse stands still while a destination is away',
      longestMs < STANDSTILL_MS,
      `${table} for ${inSeconds(longestMs)} s`,
    );
    figure('longest_standstill_s', inSeconds(longestMs));
  },
};

async function beAway(
  context: LabContext,
  way: Way,
  standstill: StandstillWatch,
  admin: TopicAdmin,
): Promise<void> {
  const { destination, fault, check, figure } = context;
  const before = { arrivals: destination.arrivals(), repeats: destination.repeats() };
  const seen = await fault(way.what, async () => {
    if (way.fault === null) await destination.down();
    else destination.setFaults(always(way.fault));
    try {
      return await watchWhileAway(context, way, standstill);
    } finally {
      await destination.up();
    }
  });
  check(`${FORWARDER} says so: ${way.what}`, seen.told, seen.said.slice(0, SHOWN_CHARS));
  check(`events are stored meanwhile: ${way.what}`, seen.stored > 0, `${seen.stored} product events`);
  const silentlyTaken = destination.arrivals() - before.arrivals;

  const caughtUp = await catchUp(context, admin, standstill);
  check(
    `what waited is delivered in time: ${way.what}`,
    caughtUp.waiting === 0,
    `${caughtUp.waited} waited, ${caughtUp.waiting} were left after ${inSeconds(caughtUp.tookMs)} s of ${inSeconds(caughtUpWithinMs(caughtUp.waited))} s`,
  );
  figure('waited_events', caughtUp.waited);
  figure('caught_up_after_s', inSeconds(caughtUp.tookMs));
  if (way.what !== TAKES_IN_SILENCE) return;
  const repeats = destination.repeats() - before.repeats;
  check(
    'what it took without a word comes again, and it knows it',
    silentlyTaken > 0 && repeats > 0,
    `${silentlyTaken} taken, ${repeats} known repeats`,
  );
  figure('known_repeats', repeats);
}

/** For some seconds; longer where the forwarder has not noticed yet, or the loader is between two batches. */
async function watchWhileAway(context: LabContext, { told }: Way, standstill: StandstillWatch) {
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
    if (tookMs > TOLD_WITHIN_MS || (tookMs > AWAY_MS && seen.told && seen.stored > 0)) return seen;
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
