import type { Lab } from '../lab.ts';

const KILL_EVERY_MS = 60_000;
const LAST_MS = 10_000;
const MAX_SLOPE_PERCENT = 1;

export const soak: Lab = {
  name: 'soak',
  title: 'load for as long as the run lasts, with a kill -9 a minute (30 minutes are meant)',
  kind: 'fault',
  passes: 'memory of a service grows by less than 1 % a minute',
  takesMs: 2 * LAST_MS,
  weight: 0,
  async run({ fleet, fault, check, random, sleep, remainingMs, memory }) {
    while (remainingMs() > LAST_MS) {
      await sleep(Math.min(KILL_EVERY_MS, remainingMs() - LAST_MS));
      // Those that are spared are old enough at the end to be measured.
      const service = random.pick(fleet.services.slice(0, Math.ceil(fleet.services.length / 2)));
      if (remainingMs() <= LAST_MS) break;
      await fault(`kill -9 ${service}`, async () => {
        const instance = fleet.one(service);
        await instance.kill();
        instance.start();
      });
    }
    for (const [service, { slopePercent }] of Object.entries(memory()))
      if (slopePercent !== null)
        check(
          `memory of ${service} is level`,
          slopePercent < MAX_SLOPE_PERCENT,
          `${slopePercent.toFixed(2)} %/min`,
        );
  },
};
