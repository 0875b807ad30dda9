import type { Lab } from '../../lab.ts';
import { watchStandstill } from '../../standstill.ts';
import { checkCatchUp, checkStandstill, checkWhileAway } from './watch.ts';
import { breakIt, WAYS } from './ways.ts';

/** Of each of five ways: ten minutes in which the destination is never well. */
const AWAY_MS = 120_000;

export const destinationAwayLong: Lab = {
  name: 'destination-away-long',
  title:
    'the destination of a forwarder is never well for ten minutes: two minutes of each way, back to back',
  kind: 'fault',
  passes:
    'as in destination-away; what waited ten minutes is delivered within 30 s, and a second more for each 200 events',
  takesMs: 12 * 60_000,
  weight: 0,
  async run(context) {
    const { target, random, destination, fault } = context;
    const standstill = watchStandstill();
    const admin = await target.kafka.admin();
    try {
      await fault('the destination is not well for ten minutes', async () => {
        try {
          for (const way of random.shuffled(WAYS)) {
            await breakIt(destination, way);
            await checkWhileAway(context, way, AWAY_MS, standstill);
          }
        } finally {
          await destination.up();
        }
      });
      await checkCatchUp(context, 'ten minutes', admin, standstill);
    } finally {
      await admin.close();
    }
    checkStandstill(context, standstill);
  },
};
