import { readTime } from '@fineprint/http-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveTime } from './event-time.ts';

const DAY = 86_400_000;
const bounds = { maxFutureMs: DAY, maxAgeMs: 3_650 * DAY };
const now = Date.parse('2026-06-15T12:00:00Z');
const resolve = (value: string | number, sentAt?: string | number) =>
  resolveTime(readTime(value), sentAt === undefined ? null : readTime(sentAt), now, bounds);

describe('resolveTime', () => {
  it('takes the time of arrival where none is given', () => {
    expect(resolveTime(null, null, now, bounds)).toEqual({
      eventTimeMs: now,
      clientEventTimeMs: null,
      flags: [],
    });
  });

  it('takes a plausible time as it is', () => {
    expect(resolve('2026-06-15T11:00:00Z')).toEqual({
      eventTimeMs: now - 3_600_000,
      clientEventTimeMs: null,
      flags: [],
    });
    expect(resolve(now - 1_000, now - 200)).toMatchObject({ eventTimeMs: now - 1_000, flags: [] });
  });

  it('corrects a clock that is an hour behind, or ten years ahead', () => {
    expect(resolve(now - 3_660_000, now - 3_600_000)).toEqual({
      eventTimeMs: now - 60_000,
      clientEventTimeMs: now - 3_660_000,
      flags: ['clock_corrected'],
    });
    expect(resolve(now + 3_650 * DAY - 60_000, now + 3_650 * DAY).eventTimeMs).toBe(now - 60_000);
  });

  it.each([
    ['the epoch', 0, ['ancient_time']],
    ['1970', '1970-01-01T00:00:00Z', ['ancient_time']],
    ['before 1970', -5, ['time_unit_converted', 'ancient_time']],
    ['ten years ago', '2016-06-15T12:00:00Z', ['ancient_time']],
    ['the day after tomorrow', now + 2 * DAY, ['future_time']],
    ['2099 in nanoseconds', 4_070_908_800_000_000_000, ['time_unit_converted', 'future_time']],
  ])('keeps the time of arrival for %s', (_name, given, flags) => {
    const time = resolve(given);
    expect(time).toMatchObject({ eventTimeMs: now, flags });
    expect(time.clientEventTimeMs).toBe(readTime(given)?.ms);
  });

  it('always ends within the bounds, in whole milliseconds', () => {
    const any = fc.oneof(fc.double({ noNaN: true, min: -1e19, max: 1e19 }), fc.integer());
    fc.assert(
      fc.property(any, fc.option(any), (given, sentAt) => {
        const { eventTimeMs } = resolve(given, sentAt ?? undefined);
        expect(Number.isInteger(eventTimeMs)).toBe(true);
        expect(eventTimeMs).toBeLessThanOrEqual(now + bounds.maxFutureMs);
        expect(eventTimeMs).toBeGreaterThanOrEqual(now - bounds.maxAgeMs);
      }),
    );
  });
});
