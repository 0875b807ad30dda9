import fc from 'fast-check';
import { expect, it } from 'vitest';
import { computableDays, cutoffOf, DAY_MS, removedAt } from './cutoff.ts';
import { resolvePolicy } from './policy.ts';

it('removes whole days, and none before its last row is old enough', () => {
  const day = Date.UTC(2026, 2, 10);
  expect(cutoffOf(day + 3 * 3_600_000, 48)).toBe(day - 2 * DAY_MS);
  expect(cutoffOf(day, 48)).toBe(day - 2 * DAY_MS);
  expect(cutoffOf(day - 1, 48)).toBe(day - 3 * DAY_MS);
  expect(cutoffOf(day + 3 * 3_600_000, 30)).toBe(day - 2 * DAY_MS);
});

it('says which run removes a row: the first one whose cutoff lies after it', () => {
  const time = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
  fc.assert(
    fc.property(time, fc.integer({ min: 24, max: 10_000 }), time, (receivedMs, hours, nowMs) => {
      const at = removedAt(receivedMs, hours, nowMs);
      expect(at % DAY_MS).toBe(3 * 3_600_000);
      expect(at).toBeGreaterThanOrEqual(nowMs);
      expect(cutoffOf(at, hours)).toBeGreaterThan(receivedMs);
      expect(at - DAY_MS < nowMs || cutoffOf(at - DAY_MS, hours) <= receivedMs).toBe(true);
    }),
  );
});

it('computes figures again only of days that both events and requests are kept for', () => {
  const settings = { DATA_RETENTION_DAYS: 365, RAW_RETENTION_HOURS: 72 };
  const days = (RETENTION_OVERRIDES: string) =>
    computableDays(resolvePolicy({ ...settings, RETENTION_OVERRIDES }).policy);
  expect(days('')).toBe(365);
  expect(days('ai_requests=60h,product_events=90d')).toBe(2);
});
