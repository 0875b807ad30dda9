import { expect, it } from 'vitest';
import { z } from 'zod';
import { name, time, wholeNumber } from './fields.ts';

it.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T10:00:00+02:00', Date.UTC(2026, 0, 31, 8)],
  ['1767225600000', Date.UTC(2026, 0, 1)],
  ['1767225600', Date.UTC(2026, 0, 1)],
  ['1767225600000000', Date.UTC(2026, 0, 1)],
  ['0', 0],
])('reads %s as a time', (text, expected) => {
  expect(time('a time').parse(text)).toBe(expected);
});

it.each(['', ' ', 'now', '2026-13-01', '1969-12-31', '2200-01-01', '1e12', '-1', '١٧٦٧', '9'.repeat(30)])(
  'does not read %s as a time',
  (text) => {
    expect(time('a time').safeParse(text).success).toBe(false);
  },
);

it('takes names of any script, but no control characters', () => {
  const schema = name('a name');
  for (const text of ['gpt-4o', 'модель', 'a b', "x' OR 1=1 --", 'a:b/c'])
    expect(schema.parse(text)).toBe(text);
  for (const text of ['', 'a\u0000b', 'a\nb', 'x'.repeat(201)])
    expect(schema.safeParse(text).success).toBe(false);
});

it('takes whole numbers within bounds, or the default', () => {
  const schema = z.object({ n: wholeNumber({ min: 1, max: 50, byDefault: 7, description: 'a number' }) });
  expect([schema.parse({}), schema.parse({ n: '50' }), schema.parse({ n: '007' })]).toEqual([
    { n: 7 },
    { n: 50 },
    { n: 7 },
  ]);
  for (const n of ['0', '51', '1.5', '+1', ' 1', '0x10', ''])
    expect(schema.safeParse({ n }).success).toBe(false);
});
