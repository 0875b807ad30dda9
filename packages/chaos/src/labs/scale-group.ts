import type { Instance } from '../fleet/instance.ts';
import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

const WORK_MS = 8_000;

export const scaleGroup: Lab = {
  name: 'scale-group',
  title: 'a consumer group grows from 1 to 3 instances and shrinks to 2, under load',
  kind: 'fault',
  passes: 'each instance works, and the pause is below 5 s',
  takesMs: 60_000,
  weight: 2,
  async run({ fleet, fault, check, occurrence, sleep }) {
    const service = turnOf(fleet.groups, occurrence);
    await fault(`${service} 1 → 3`, async () => {
      await fleet.scale(service, 3);
      await Promise.all(fleet.instances(service).map((instance) => instance.ready()));
    });
    const before = await Promise.all(fleet.instances(service).map(recordsOf));
    await sleep(WORK_MS);
    const after = await Promise.all(fleet.instances(service).map(recordsOf));
    const perSecond = after.map((n, i) => Math.round((n - (before[i] ?? 0)) / (WORK_MS / 1_000)));
    check(
      `three instances of ${service} share the work`,
      perSecond.every((n) => n > 0),
      `${perSecond.join(', ')} records/s`,
    );
    await fault(`${service} 3 → 2`, () => fleet.scale(service, 2));
    await sleep(WORK_MS);
    await fleet.scale(service, 1);
  },
};

/** What an instance has dealt with, by its own count. */
async function recordsOf({ url }: Instance): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const lines = (await answer.text()).matchAll(/^fineprint_stream_records_total\{[^}]*\} (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
