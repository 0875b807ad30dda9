import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PERIODS, periodIndex, periodName, periodStartMs } from './time.ts';

it('numbers periods without gaps, in UTC, weeks from Monday', () => {
  expect(periodName(periodIndex(Date.UTC(2024, 1, 29, 23, 59), 'month'), 'month')).toBe('2024-02-01');
  expect(periodName(periodIndex(Date.UTC(2024, 0, 7, 23, 59), 'week'), 'week')).toBe('2024-01-01');
  expect(periodName(periodIndex(Date.UTC(2024, 0, 8), 'week'), 'week')).toBe('2024-01-08');
  expect(periodName(periodIndex(Date.UTC(1969, 11, 31), 'day'), 'day')).toBe('1969-12-31');
});

it('puts every time inside its own period', () => {
  const bound = Date.UTC(2100, 0, 1);
  fc.assert(
    fc.property(fc.integer({ min: -bound, max: bound }), fc.constantFrom(...PERIODS), (timeMs, period) => {
      const index = periodIndex(timeMs, period);
      expect(periodStartMs(index, period)).toBeLessThanOrEqual(timeMs);
      expect(periodStartMs(index + 1, period)).toBeGreaterThan(timeMs);
    }),
  );
});
