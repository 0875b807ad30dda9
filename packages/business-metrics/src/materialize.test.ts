import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DEFAULT_CONVENTION } from './convention.ts';
import { captureStatement, rangeOfRun, statementsFor } from './materialize.ts';
import { bucketsOf, DAY_MS } from './sql/buckets.ts';

const NOW = Date.UTC(2026, 5, 15, 10, 30);
const day = (n: number) => Date.UTC(2026, 5, n);
const options = { earliestNewMs: null, retentionDays: 365 };

it('looks back two days each hour and 35 each night, and as far as late events reach', () => {
  expect(rangeOfRun('hourly', NOW, options)).toEqual({ fromMs: day(14), toMs: NOW + 1 });
  expect(rangeOfRun('daily', NOW, options).fromMs).toBe(day(15) - 34 * DAY_MS);
  const late = { ...options, earliestNewMs: Date.UTC(2026, 2, 1, 17) };
  expect(rangeOfRun('hourly', NOW, late).fromMs).toBe(Date.UTC(2026, 2, 1));
});

it('never goes back to days whose events have begun to expire', () => {
  for (const retentionDays of [30, 90, 365, 3_650]) {
    const { fromMs } = rangeOfRun('hourly', NOW, { earliestNewMs: 0, retentionDays });
    expect(fromMs).toBeGreaterThanOrEqual(NOW - Math.max(1, Math.min(400, retentionDays - 31)) * DAY_MS);
  }
});

it('writes each period by one statement, all rows of a period in one block', () => {
  const range = { fromMs: Date.UTC(2026, 0, 1), toMs: Date.UTC(2026, 3, 1) + 1 };
  const statements = statementsFor(DEFAULT_CONVENTION, range, '42');
  // Months of hours and of days: four each, for 90 days and one more.
  expect(statements).toHaveLength(2 * 3 * 4);
  for (const { sql } of statements) {
    expect(sql).toContain('max_insert_threads = 1, min_insert_block_size_rows = 1000000000');
    expect(sql).toContain("toUInt64('42')");
  }
  expect(() => statementsFor(DEFAULT_CONVENTION, range, '42; DROP')).toThrow('whole number');
  expect(captureStatement(DEFAULT_CONVENTION)).toContain('event_id NOT IN');
});

it('holds the periods that a range touches', () => {
  fc.assert(
    fc.property(fc.nat(4e12), fc.integer({ min: 1, max: 1e10 }), (fromMs, length) => {
      const { first, count } = bucketsOf('day', fromMs, fromMs + length);
      expect(first * DAY_MS).toBeLessThanOrEqual(fromMs);
      expect((first + count) * DAY_MS).toBeGreaterThanOrEqual(fromMs + length);
      expect((first + count - 1) * DAY_MS).toBeLessThan(fromMs + length);
    }),
  );
});
