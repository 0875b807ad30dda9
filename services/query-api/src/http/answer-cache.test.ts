import { expect, it } from 'vitest';
import { type AnswerCacheLimits, createAnswerCache } from './answer-cache.ts';

const setUp = (limits: AnswerCacheLimits) => {
  const cache = createAnswerCache(limits);
  const get = async (key: string, body: string) => (await cache.answer(key, async () => body)).isHit;
  return { cache, get };
};

it('forgets what was not used for longest, by number', async () => {
  const { get } = setUp({ maxEntries: 2, maxChars: 10 });
  expect([await get('a', '1'), await get('b', '2'), await get('a', '1')]).toEqual([false, false, true]);
  expect(await get('c', '3')).toBe(false); // b goes
  expect([await get('a', '1'), await get('c', '3'), await get('b', '2')]).toEqual([true, true, false]);
});

it('forgets by size, and does not keep what is too large', async () => {
  const { get } = setUp({ maxEntries: 5, maxChars: 10 });
  await get('a', '12345');
  await get('b', '12345');
  expect([await get('a', ''), await get('b', '')]).toEqual([true, true]);
  await get('c', '1');
  expect([await get('b', '12345'), await get('c', '1'), await get('a', '12345')]).toEqual([
    true,
    true,
    false,
  ]);
  await get('d', '12345678901');
  expect(await get('d', '1')).toBe(false);
});

it('makes an answer once for all who ask meanwhile, and does not keep a failure', async () => {
  const { cache, get } = setUp({ maxEntries: 5, maxChars: 10 });
  let made = 0;
  const slow = async () => {
    made++;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (made === 1) throw new Error('away');
    return 'x';
  };
  const ask = () => cache.answer('a', slow);
  const failed = await Promise.allSettled([ask(), ask(), ask()]);
  expect(failed.map((f) => f.status)).toEqual(['rejected', 'rejected', 'rejected']);
  const fine = await Promise.all([ask(), ask()]);
  expect(fine.map((f) => [f.body, f.isHit])).toEqual([
    ['x', false],
    ['x', true],
  ]);
  expect([made, await get('a', '')]).toEqual([2, true]);
});
