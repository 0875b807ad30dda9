import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketCount, bucketMs, MAX_BUCKETS, resolveRange, secondsWithin } from './time-range.ts';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 5, 15, 12, 0, 30, 500);
const options = { granularity: 'minute', defaultMs: HOUR, nowMs: now } as const;

describe('resolveRange', () => {
  it('ends with the current minute where nothing is said, so that equal questions are the same', () => {
    const range = resolveRange({}, options);
    expect(range).toEqual({ fromMs: Date.UTC(2026, 5, 15, 11, 1), toMs: Date.UTC(2026, 5, 15, 12, 1) });
    expect(resolveRange({}, { ...options, nowMs: now + 20_000 })).toEqual(range);
    expect(resolveRange({ to: 5 * HOUR }, options)).toEqual({ fromMs: 4 * HOUR, toMs: 5 * HOUR });
    expect(resolveRange({ to: 10 }, options).fromMs).toBe(0);
  });

  it('holds exactly as many buckets as allowed', () => {
    const full = { from: 0, to: MAX_BUCKETS * 60_000 };
    expect(resolveRange(full, options).toMs).toBe(full.to);
    expect(() => resolveRange({ ...full, to: full.to + 1 }, options)).toThrow(/10000 buckets/);
    expect(() => resolveRange({ from: 5, to: 5 }, options)).toThrow(/empty/);
  });
});

describe('buckets', () => {
  const times = fc.tuple(fc.integer({ min: 0, max: 1e12 }), fc.integer({ min: 1, max: 1e9 }));

  it('cover a range without gap or overlap', () => {
    fc.assert(
      fc.property(
        times,
        fc.constantFrom('hour' as const, 'day' as const),
        ([fromMs, length], granularity) => {
          const range = { fromMs, toMs: fromMs + length };
          const size = bucketMs[granularity] ?? 0;
          const first = Math.floor(fromMs / size) * size;
          const seconds = Array.from({ length: bucketCount(range, size) }, (_, i) =>
            secondsWithin(range, first + i * size, size),
          );
          expect(Math.min(...seconds)).toBeGreaterThan(0);
          expect(seconds.reduce((a, b) => a + b, 0)).toBeCloseTo(length / 1_000, 3);
        },
      ),
    );
  });
});
