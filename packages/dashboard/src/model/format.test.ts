import { expect, it } from 'vitest';
import { ago, clock, count, duration, money, percent, rate, shortMoney, time } from './format.ts';

it.each([
  [count(0), '0'],
  [count(9_876), '9,876'],
  [count(12_345), '12.3K'],
  [count(null), '–'],
  [rate(0), '0/s'],
  [rate(0.01), '<0.1/s'],
  [rate(12.34), '12.3/s'],
  [rate(1_234), '1,234/s'],
  [percent(0.1234), '12.3 %'],
  [percent(null), '–'],
  [duration(0), '0 ms'],
  [duration(2.34), '2.3 ms'],
  [duration(230), '230 ms'],
  [duration(2_300), '2.3 s'],
  [duration(240_000), '4 min'],
  [duration(5_400_000), '1.5 h'],
  [duration(3 * 86_400_000), '3 d'],
  [money(12.5, 'USD'), '$12.50'],
  [money(0.000_123, 'USD'), '$0.000123'],
  [money(0, 'EUR'), '€0.00'],
  [money(1_234_567, 'EUR'), '€1.2M'],
  [shortMoney(15_000, 'EUR'), '€15K'],
  [shortMoney(0.025, 'USD'), '$0.025'],
  [shortMoney(0, 'USD'), '$0'],
])('%s', (given, expected) => expect(given).toBe(expected));

it('tells times in the zone that was chosen', () => {
  const iso = '2026-11-23T08:59:12.000Z';
  expect(time(iso, 'UTC')).toBe('23 Nov 2026, 08:59:12');
  expect(time(iso, 'Asia/Tokyo')).toBe('23 Nov 2026, 17:59:12');
  expect(clock(iso, 'America/New_York')).toBe('03:59:12');
  expect(ago(iso, Date.parse(iso) + 240_000)).toBe('4 min ago');
  expect(ago(iso, Date.parse(iso) - 7_200_000)).toBe('in 2 h');
});
