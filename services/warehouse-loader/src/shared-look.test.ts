import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { shareLooks } from './shared-look.ts';

it('answers all who ask in time with one look, and who comes while it runs with the next', async () => {
  let begun = 0;
  const ends: (() => void)[] = [];
  const look = shareLooks(
    async (topic: string) => {
      const mine = ++begun;
      await new Promise<void>((resolve) => ends.push(resolve));
      return `${topic} ${mine}`;
    },
    () => sleep(1),
  );
  const early = [look('a'), look('a')];
  await sleep(10);
  expect(begun).toBe(1);
  const late = look('a');
  await sleep(10);
  expect(begun).toBe(2);
  for (const end of ends) end();
  expect(await Promise.all([...early, late])).toEqual(['a 1', 'a 1', 'a 2']);
});

it('looks at each topic by itself, and again after a failure', async () => {
  let isAway = true;
  const look = shareLooks(
    (topic: string) => (isAway ? Promise.reject(new Error(topic)) : Promise.resolve(topic)),
    () => sleep(1),
  );
  const both = await Promise.allSettled([look('a'), look('b')]);
  expect(both.map((r) => r.status === 'rejected' && r.reason.message)).toEqual(['a', 'b']);
  isAway = false;
  expect(await look('a')).toBe('a');
});
