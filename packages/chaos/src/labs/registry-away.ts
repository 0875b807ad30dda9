import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

const AWAY_MS = 6_000;

export const registryAway: Lab = {
  name: 'registry-away',
  title: 'the schema registry is stopped, and a service is started without it',
  kind: 'fault',
  passes: 'known schemas go on; what starts without any does not say that it is ready',
  takesMs: 45_000,
  async run({ fleet, parts, fault, check, occurrence, sleep }) {
    const service = turnOf(fleet.groups, occurrence);
    const instance = fleet.one(service);
    await fault(`stop the registry, start ${service} cold`, async () => {
      await parts.terminate('registry');
      try {
        await instance.kill();
        instance.start();
        await sleep(AWAY_MS);
        const said = await fetch(`${instance.url}/ready`).then(
          (answer) => answer.status,
          () => 0,
        );
        check(`${service} is not ready without the registry`, said !== 200, `/ready said ${said}`);
      } finally {
        await parts.start('registry');
      }
    });
    await instance.ready();
    await sleep(3_000);
  },
};
