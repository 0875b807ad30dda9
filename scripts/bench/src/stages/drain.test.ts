import { expect, test } from 'vitest';
import type { Instance } from '../pauses/instance.ts';
import { drain } from './drain.ts';

/** A process that has worked off so many records at each look. */
function working(...records: readonly number[]): Pick<Instance, 'pid' | 'records'> {
  let look = 0;
  return { pid: () => process.pid, records: async () => records[Math.min(look++, records.length - 1)] ?? 0 };
}

test('what came before all processes were warm is left out', async () => {
  const both = [working(0, 600, 700, 800), working(0, 0, 400, 1_200)];
  const { records, records_per_second } = await drain(both, 2_000);
  expect(records).toBe(900); // from 700 + 400 on
  expect(records_per_second).toBeGreaterThan(0);
});

test('where a process was warm only near the end, nothing can be told', async () => {
  const late = [working(0, 1_000, 1_600), working(0, 0, 400)];
  await expect(drain(late, 2_000)).rejects.toThrow('--events');
});
