import { expect, test } from 'vitest';
import { noDecimal, noInteger, tooLong, unitsOf } from './column-limits.ts';

test('lengths are counted in characters', () => {
  expect(tooLong('event_name', 'x'.repeat(100), 100)).toBeNull();
  expect(tooLong('event_name', '😀'.repeat(100), 100)).toBeNull();
  expect(tooLong('event_name', 'x'.repeat(101), 100)).toMatchObject({
    code: 'value_too_long',
    message: 'event_name has more than 100 characters',
    path: '$.event_name',
  });
  expect(tooLong('event_name', null, 100)).toBeNull();
});

test('integers are rounded first', () => {
  expect(noInteger('latency_ms', 2_147_483_647.4)).toBeNull();
  expect(noInteger('latency_ms', 2_147_483_648)).toMatchObject({ code: 'value_out_of_range' });
  expect(noInteger('latency_ms', Number.NaN)).toMatchObject({ code: 'value_out_of_range' });
});

test('decimals are rounded as their text says', () => {
  const cases: readonly [number, number, number][] = [
    [0.92, 2, 92],
    [1.005, 2, 101],
    [0.925, 2, 93],
    [-1.005, 2, -101],
    [0.00005, 4, 1],
    [0.00004, 4, 0],
    [1e-7, 4, 0],
    [999_999.9999, 4, 9_999_999_999],
  ];
  for (const [value, scale, units] of cases) expect(unitsOf(value, scale)).toBe(units);
  expect(noDecimal('confidence_score', 9.994, 3, 2)).toBeNull();
  expect(noDecimal('confidence_score', 9.995, 3, 2)).toMatchObject({ code: 'value_out_of_range' });
  expect(noDecimal('cost_estimate', 1e21, 10, 4)).toMatchObject({ code: 'value_out_of_range' });
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(noDecimal('cost_estimate', value, 10, 4)).toMatchObject({ code: 'value_out_of_range' });
});
