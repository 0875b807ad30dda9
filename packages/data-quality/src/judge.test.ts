import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { deviation, type HourRow } from './judge-volume.ts';
import { ruleSchema } from './rule.ts';
import { windowOf } from './rule-question.ts';

const at = Date.UTC(2026, 5, 15, 6, 20);
const WEEK_MS = 604_800_000;
const base = { name: 'r', dataset: 'product_events', minRows: 10 };
const rule = (change: object) => ruleSchema.parse({ ...base, ...change });
const completeness = rule({ type: 'completeness', columns: ['user_id'], maxMissingShare: 0.1 });
const counted = (rows: number, bad: number) => [{ rows, bad, samples: ['id'] }];

it.each([
  [9, 9, 'not_enough_data', null],
  [0, 0, 'not_enough_data', null],
  [10, 1, 'pass', 0.1],
  [100, 11, 'fail', 0.11],
])('of %d rows %d are bad: %s', (rows, bad, status, value) => {
  expect(judge(completeness, counted(rows, bad), at)).toMatchObject({
    status,
    value,
    threshold: 0.1,
    rows,
    bad,
  });
});

it('counts duplicates, and late ones by share', () => {
  const unique = rule({ type: 'uniqueness', columns: ['event_id'], maxDuplicates: 2 });
  expect(judge(unique, counted(100, 2), at)).toMatchObject({ status: 'pass', value: 2 });
  expect(judge(unique, counted(100, 3), at)).toMatchObject({ status: 'fail', value: 3, samples: ['id'] });
  const delay = rule({ type: 'timeliness', expect: { delayMinutes: 5, maxLateShare: 0.5 } });
  expect(judge(delay, counted(100, 51), at)).toMatchObject({ status: 'fail', value: 0.51, threshold: 0.5 });
});

it.each([
  [{ silenceMinutes: 60 }, { newest: at - 61 * 60_000, otherNewest: null }, 'fail', 61],
  [{ silenceMinutes: 60 }, { newest: at - 60 * 60_000, otherNewest: null }, 'pass', 60],
  [{ silenceMinutes: 60 }, { newest: null, otherNewest: null }, 'not_enough_data', null],
  [
    { behindMinutes: 5, of: 'ai_requests' },
    { newest: at - 9e6, otherNewest: at - 9e6 + 301_000 },
    'fail',
    5 + 1 / 60,
  ],
  [{ behindMinutes: 5, of: 'ai_requests' }, { newest: at, otherNewest: at - 9e6 }, 'pass', 0],
  [{ behindMinutes: 5, of: 'ai_requests' }, { newest: at, otherNewest: null }, 'not_enough_data', null],
])('the newest row: %o of %o', (expected, row, status, value) => {
  const verdict = judge(rule({ type: 'timeliness', expect: expected }), [row], at);
  expect(verdict.status).toBe(status);
  if (value === null) expect(verdict.value).toBeNull();
  else expect(verdict.value).toBeCloseTo(value);
});

describe('volume', () => {
  const volume = rule({ type: 'volume', windowHours: 2 });
  const { fromMs } = windowOf(volume, at);
  const hours = (week: number, counts: readonly number[]): HourRow[] =>
    counts.map((rows, hour) => ({ week, hour, rows }));
  const first = (weeksBefore: number): HourRow => ({
    week: -1,
    hour: 0,
    rows: fromMs - weeksBefore * WEEK_MS,
  });
  const verdict = (now: readonly number[], weeks: readonly (readonly number[])[], since = weeks.length) =>
    judge(volume, [first(since), ...hours(0, now), ...weeks.flatMap((w, i) => hours(i + 1, w))], at);

  it('is as it was, or not', () => {
    const usual = [
      [1_000, 500],
      [1_020, 520],
      [990, 480],
      [1_010, 500],
    ];
    expect(verdict([1_005, 510], usual).status).toBe('pass');
    const fallen = verdict([1_005, 90], usual);
    expect(fallen).toMatchObject({ status: 'fail', bad: 1, rows: 1_095, threshold: 5 });
    expect(fallen.details['bad_hours']).toMatchObject([{ rows: 90, median: 500 }]);
    expect(verdict([1_005, 5_000], usual).status).toBe('fail');
    expect(verdict([1_005, 0], usual).status).toBe('fail');
  });

  it('says nothing of what is new, or small', () => {
    expect(
      verdict(
        [0, 0],
        [
          [1_000, 500],
          [1_000, 500],
          [1_000, 500],
          [1_000, 500],
        ],
        2,
      ).status,
    ).toBe('not_enough_data');
    expect(
      verdict(
        [0, 0],
        [
          [9, 9],
          [9, 9],
          [9, 9],
          [9, 9],
        ],
      ).status,
    ).toBe('not_enough_data');
    expect(judge(volume, [{ week: -1, hour: 0, rows: 0 }], at).status).toBe('not_enough_data');
  });

  it('weeks without rows count, once there was a first one', () => {
    expect(
      verdict(
        [0, 500],
        [
          [0, 500],
          [0, 500],
          [0, 500],
          [0, 500],
        ],
      ).status,
    ).toBe('pass');
  });

  it('one strange week among four changes nothing', () => {
    const counts = fc.integer({ min: 900, max: 1_100 });
    fc.assert(
      fc.property(
        fc.tuple(counts, counts, counts, counts),
        fc.nat(3),
        fc.constantFrom(0, 50_000),
        counts,
        (usual, which, strange, now) => {
          const weeks = usual.map((n, i) => [i === which ? strange : n, 1_000]);
          expect(verdict([now, 1_000], weeks).status).toBe('pass');
          expect(verdict([Math.round(now / 10), 1_000], weeks).status).toBe('fail');
        },
      ),
    );
  });

  it('is about one direction where that was asked for', () => {
    const usual = Array.from({ length: 4 }, () => [1_000, 1_000]);
    const of = (direction: string, now: readonly number[]) =>
      judge(
        rule({ type: 'volume', windowHours: 2, direction }),
        [first(4), ...hours(0, now), ...usual.flatMap((w, i) => hours(i + 1, w))],
        at,
      ).status;
    expect([of('drop', [9_000, 1_000]), of('rise', [9_000, 1_000])]).toEqual(['pass', 'fail']);
    expect([of('drop', [10, 1_000]), of('rise', [10, 1_000])]).toEqual(['fail', 'pass']);
  });

  it('counts scatter by their square root at least', () => {
    expect(deviation(110, [100, 100, 100, 100])).toBe(1);
    expect(deviation(3, [0, 0, 0])).toBe(3);
  });
});
