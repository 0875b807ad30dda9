import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextDelayMs, parseRetryAfter } from './backoff.ts';

const limits = { baseDelayMs: 500, maxDelayMs: 60_000 };

it('doubles up to the limit, half at random', () => {
  expect([1, 2, 3, 8, 9, 500].map((n) => nextDelayMs(n, null, 1, limits))).toEqual([
    500, 1_000, 2_000, 60_000, 60_000, 60_000,
  ]);
  expect(nextDelayMs(1, null, 0, limits)).toBe(250);
});

it('never comes back before the gateway asked for, within an hour', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, asked, random) => {
        const delay = nextDelayMs(attempt, asked, random, limits);
        expect(delay).toBeGreaterThanOrEqual(Math.min(asked, 3_600_000));
        expect(delay).toBeLessThanOrEqual(3_600_000 * 1.2);
      },
    ),
  );
});

it('reads Retry-After as seconds or a date', () => {
  const nowMs = Date.parse('2026-06-15T12:00:00Z');
  expect(parseRetryAfter('5', nowMs)).toBe(5_000);
  expect(parseRetryAfter('Mon, 15 Jun 2026 12:00:30 GMT', nowMs)).toBe(30_000);
  expect(parseRetryAfter('Mon, 15 Jun 2026 11:00:00 GMT', nowMs)).toBe(0);
  for (const text of [null, '', ' ', 'soon']) expect(parseRetryAfter(text, nowMs)).toBeNull();
});
