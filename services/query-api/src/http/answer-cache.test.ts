import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnswerCacheOptions, createAnswerCache } from './answer-cache.ts';

let now = 0;
const onError = vi.fn();
beforeEach(() => {
  now = 0;
  onError.mockClear();
});
const setUp = (options: Partial<AnswerCacheOptions> = {}) => {
  const cache = createAnswerCache({
    maxEntries: 10,
    maxChars: 1_000,
    staleMs: 0,
    nowMs: () => now,
    onError,
    ...options,
  });
  const get = async (question: string, body: string, version = 'v1') =>
    (await cache.answer(question, version, async () => body)).result;
  return { cache, get };
};

describe('an answer cache', () => {
  it('forgets what was not used for longest, by number', async () => {
    const { get } = setUp({ maxEntries: 2, maxChars: 10 });
    expect([await get('a', '1'), await get('b', '2'), await get('a', '1')]).toEqual(['miss', 'miss', 'hit']);
    expect(await get('c', '3')).toBe('miss'); // b goes
    expect([await get('a', '1'), await get('c', '3'), await get('b', '2')]).toEqual(['hit', 'hit', 'miss']);
  });

  it('forgets by size, and does not keep what is too large', async () => {
    const { get } = setUp({ maxEntries: 5, maxChars: 10 });
    await get('a', '12345');
    await get('b', '12345');
    expect([await get('a', ''), await get('b', '')]).toEqual(['hit', 'hit']);
    await get('c', '1');
    expect([await get('b', '12345'), await get('c', '1'), await get('a', '12345')]).toEqual([
      'hit',
      'hit',
      'miss',
    ]);
    await get('d', '12345678901');
    expect(await get('d', '1')).toBe('miss');
  });

  it('makes an answer once for all who ask meanwhile, and does not keep a failure', async () => {
    const { cache, get } = setUp();
    let made = 0;
    const slow = async () => {
      made++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (made === 1) throw new Error('away');
      return 'x';
    };
    const ask = () => cache.answer('a', 'v1', slow);
    const failed = await Promise.allSettled([ask(), ask(), ask()]);
    expect(failed.map((f) => f.status)).toEqual(['rejected', 'rejected', 'rejected']);
    const fine = await Promise.all([ask(), ask()]);
    expect(fine.map((f) => [f.body, f.result])).toEqual([
      ['x', 'miss'],
      ['x', 'hit'],
    ]);
    expect([made, await get('a', '')]).toEqual([2, 'hit']);
  });

  it('never gives what the data have outgrown, unless it may', async () => {
    const { cache, get } = setUp();
    await get('a', 'old');
    expect(await get('a', 'new', 'v2')).toBe('miss');
    expect(await get('a', 'new', 'v2')).toBe('hit');
    let finish = (_: string) => {};
    const slow = cache.answer('a', 'v3', () => new Promise((resolve) => (finish = resolve)));
    const newer = cache.answer('a', 'v4', async () => 'of v4');
    finish('of v3');
    expect([(await slow).body, (await newer).body]).toEqual(['of v3', 'of v4']);
  });
});

describe('an answer that was right a moment ago', () => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 0));

  it('is given while the new one is made, for so long and no longer', async () => {
    const { cache } = setUp({ staleMs: 100 });
    const ask = (version: string) => cache.answer('a', version, async () => `of ${version}`);
    await ask('v1');
    now = 500;
    expect(await ask('v1')).toMatchObject({ result: 'hit' }); // right now, however old
    now = 599;
    expect(await ask('v2')).toEqual({ body: 'of v1', version: 'v1', result: 'stale' });
    await later();
    expect(await ask('v2')).toEqual({ body: 'of v2', version: 'v2', result: 'hit' });
    now = 699;
    expect(await ask('v3')).toEqual({ body: 'of v3', version: 'v3', result: 'miss' });
  });

  it('is not kept alive by being given', async () => {
    const { cache } = setUp({ staleMs: 100 });
    await cache.answer('a', 'v1', async () => 'old');
    now = 50;
    const failing = () => Promise.reject(new Error('away'));
    expect(await cache.answer('a', 'v2', failing)).toMatchObject({ result: 'stale' });
    await later();
    now = 100;
    expect(await cache.answer('a', 'v3', async () => 'new')).toMatchObject({ body: 'new', result: 'miss' });
  });

  it('may be the older the longer it took to make', async () => {
    const { cache } = setUp({ staleMs: 100 });
    await cache.answer('a', 'v1', async () => {
      now = 50;
      return 'of v1';
    });
    now = 999;
    expect(await cache.answer('a', 'v2', () => new Promise(() => undefined))).toMatchObject({
      result: 'stale',
    });
  });

  it('is made once at a time, however fast the data change', async () => {
    const { cache } = setUp({ staleMs: 100 });
    let making = 0;
    let most = 0;
    const make = (version: string) => async () => {
      most = Math.max(most, ++making);
      await new Promise((resolve) => setTimeout(resolve, 2));
      making--;
      return `of ${version}`;
    };
    const asked = Array.from({ length: 20 }, async (_, i) => {
      now = i * 60;
      return cache.answer('a', `v${i}`, make(`v${i}`));
    });
    const answered = await Promise.all(asked);
    expect(most).toBe(1);
    for (const { body, version } of answered) expect(body).toBe(`of ${version}`);
  });

  it('tells of a new one that could not be made, and the next who asks tries again', async () => {
    const { cache } = setUp({ staleMs: 100 });
    await cache.answer('a', 'v1', async () => 'old');
    const failing = () => Promise.reject(new Error('away'));
    expect(await cache.answer('a', 'v2', failing)).toMatchObject({ result: 'stale' });
    await later();
    expect(onError).toHaveBeenCalledOnce();
    await cache.answer('a', 'v2', async () => 'new');
    await later();
    expect(await cache.answer('a', 'v2', failing)).toMatchObject({ body: 'new', result: 'hit' });
  });
});
