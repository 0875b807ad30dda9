import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTime } from './read-time.ts';

describe('readTime', () => {
  it.each([
    ['2024-03-13T10:21:14Z', '2024-03-13T10:21:14.000Z'],
    ['2024-03-13T10:21:14.1239Z', '2024-03-13T10:21:14.123Z'],
    ['2024-03-13 10:21:14', '2024-03-13T10:21:14.000Z'],
    ['2024-03-13T10:21+02:00', '2024-03-13T08:21:00.000Z'],
    ['2024-03-13T10:21:14-0330', '2024-03-13T13:51:14.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    [1_700_000_000_000, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000_000.75, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000_000_000, '2023-11-14T22:13:20.000Z'],
    [1_700_000_000_000_000_000, '2023-11-14T22:13:20.000Z'],
    [-1, '1969-12-31T23:59:59.000Z'],
  ])('reads %s', (given, expected) => {
    expect(new Date(readTime(given)?.ms ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([
    '',
    'yesterday',
    '2024-02-30',
    '2023-02-29T00:00:00Z',
    '2024-13-01',
    '2024-01-01T25:00:00Z',
    '12/03/2024',
    '2024-01-01T00:00:00+99:00',
    '1700000000000',
    1e21,
    -1e20,
  ])('does not read %s', (given) => {
    expect(readTime(given)).toBeNull();
  });

  it('reads every date as Date does', () => {
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(fc.property(date, (d) => readTime(d.toISOString())?.ms === d.getTime()));
  });
});
