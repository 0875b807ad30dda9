import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

/** Each service in turn, at whatever moment of a batch; it starts again at once, as a supervisor would start it. */
export const killService: Lab = {
  name: 'kill-service',
  title: 'kill -9 of a service in the middle of its work',
  kind: 'fault',
  passes: 'progress resumes within 15 s',
  takesMs: 15_000,
  weight: 8,
  async run({ fleet, fault, random, occurrence, sleep }) {
    const service = turnOf(fleet.services, occurrence);
    const instance = random.pick(fleet.instances(service));
    await sleep(random.between(0, 1_000));
    await fault(`kill -9 ${service}`, async () => {
      await instance.kill();
      instance.start();
    });
    await instance.ready();
    await sleep(3_000);
  },
};
