import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

const EVERY_MS = 2_000;
const STORM_MS = 30_000;

export const rebalanceStorm: Lab = {
  name: 'rebalance-storm',
  title: 'instances join and leave a group every 2 s for half a minute, in order or by kill -9',
  kind: 'fault',
  passes: 'nobody commits for a partition that is not theirs: nothing is lost or doubled',
  takesMs: 60_000,
  async run({ fleet, fault, random, occurrence, sleep }) {
    const service = turnOf(fleet.groups, occurrence);
    await fault(`members of ${service} come and go for ${STORM_MS / 1_000} s`, async () => {
      for (let spentMs = 0; spentMs < STORM_MS; spentMs += EVERY_MS) {
        const last = fleet.instances(service).at(-1);
        if (random.chance(0.3)) await last?.kill();
        last?.start();
        await fleet.scale(service, random.pick([1, 2, 3, 3]));
        await sleep(EVERY_MS);
      }
      await fleet.scale(service, 1);
    });
    await sleep(5_000);
  },
};
