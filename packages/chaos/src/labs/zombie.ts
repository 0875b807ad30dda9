import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

/** Members of groups are given up after 10 s without a heartbeat. */
const SESSION_TIMEOUT_MS = 10_000;

export const zombie: Lab = {
  name: 'zombie',
  title: 'SIGSTOP of an instance for longer than its session, while another one takes over; then SIGCONT',
  kind: 'fault',
  passes: 'what the zombie still writes changes nothing',
  takesMs: 60_000,
  weight: 2,
  async run({ fleet, fault, random, occurrence, sleep }) {
    const service = turnOf(fleet.groups, occurrence);
    await fleet.scale(service, 2);
    await Promise.all(fleet.instances(service).map((instance) => instance.ready()));
    await sleep(random.between(1_000, 3_000));
    const victim = fleet.one(service);
    await fault(`freeze ${victim.name} past its session`, async () => {
      victim.freeze();
      try {
        await sleep(SESSION_TIMEOUT_MS + random.between(3_000, 10_000));
      } finally {
        victim.thaw();
      }
    });
    await sleep(random.between(2_000, 6_000));
    await fleet.scale(service, 1);
  },
};
