import { RateLimiterMemory } from 'rate-limiter-flexible';
import { expect, it } from 'vitest';
import { createRateLimit, type PointLimiter } from './rate-limit.ts';

const memory = (points: number) => {
  const limiter = new RateLimiterMemory({ points, duration: 60 });
  let calls = 0;
  const counted: PointLimiter = {
    consume: (key, cost) => {
      calls++;
      return limiter.consume(key, cost);
    },
  };
  return { limit: createRateLimit(counted, points, Date.now), calls: () => calls };
};
const allowed = async (limit: ReturnType<typeof createRateLimit>, key: string, events: number) =>
  (await limit.consume(key, events)).allowed;

it('allows up to the limit, then says how long to wait', async () => {
  const { limit } = memory(10);
  expect(await allowed(limit, 'k', 10)).toBe(true);
  const refused = await limit.consume('k', 1);
  expect(refused).toMatchObject({ allowed: false, retryAfterMs: expect.any(Number) });
  expect(await allowed(limit, 'other', 1)).toBe(true);
});

it('leases portions: few trips for many requests, and no more than the limit in sum', async () => {
  const { limit, calls } = memory(10_000);
  let passed = 0;
  for (let i = 0; i < 200; i++) {
    const results = await Promise.all(Array.from({ length: 100 }, () => limit.consume('k', 1)));
    passed += results.filter((r) => r.allowed).length;
  }
  expect(passed).toBeLessThanOrEqual(10_000);
  expect(passed).toBeGreaterThanOrEqual(9_800);
  expect(calls()).toBeLessThan(200);
});

it('lets a batch larger than the limit through once per window', async () => {
  const { limit } = memory(100);
  expect(await allowed(limit, 'k', 1_000)).toBe(true);
  expect(await allowed(limit, 'k', 1_000)).toBe(false);
});

it('passes on what is no refusal', async () => {
  const limit = createRateLimit({ consume: () => Promise.reject(new Error('broken')) }, 10, Date.now);
  await expect(limit.consume('k', 1)).rejects.toThrow('broken');
});
