import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { Lab, LabContext } from '../../lab.ts';
import { type StandstillWatch, watchStandstill } from '../../standstill.ts';
import { checkCatchUp, checkStandstill, checkWhileAway } from './watch.ts';
import { breakIt, TAKES_IN_SILENCE, WAYS, type Way } from './ways.ts';

const AWAY_MS = 5_000;

export const destinationAway: Lab = {
  name: 'destination-away',
  title:
    'the destination of a forwarder refuses connections, answers 429 or 500, hangs, and takes events without a word, one after another',
  kind: 'fault',
  passes:
    'the warehouse goes on (no table stands still for 10 s), /ready of the forwarder names it, and after its return what waited is delivered within 30 s, and a second more for each 200 events',
  takesMs: 44_000,
  async run(context) {
    const standstill = watchStandstill();
    const admin = await context.target.kafka.admin();
    try {
      for (const way of context.random.shuffled(WAYS)) await beAway(context, way, standstill, admin);
    } finally {
      await admin.close();
    }
    checkStandstill(context, standstill);
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
  await fault(way.what, async () => {
    await breakIt(destination, way);
    try {
      await checkWhileAway(context, way, AWAY_MS, standstill);
    } finally {
      await destination.up();
    }
  });
  const silentlyTaken = destination.arrivals() - before.arrivals;
  await checkCatchUp(context, way.what, admin, standstill);
  if (way.what !== TAKES_IN_SILENCE) return;
  const repeats = destination.repeats() - before.repeats;
  check(
    'what it took without a word comes again, and it knows it',
    silentlyTaken > 0 && repeats > 0,
    `${silentlyTaken} taken, ${repeats} known repeats`,
  );
  figure('known_repeats', repeats);
}
