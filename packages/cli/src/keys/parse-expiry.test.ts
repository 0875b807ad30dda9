import { expect, it } from 'vitest';
import { parseExpiry } from './parse-expiry.ts';

const NOW = Date.parse('2026-11-23T00:00:00Z');

it.each([
  ['12h', '2026-11-23T12:00:00.000Z'],
  ['90d', '2027-02-21T00:00:00.000Z'],
  ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ['2027-01-31T12:00:00+02:00', '2027-01-31T10:00:00.000Z'],
])('%s', (text, expected) => {
  expect(parseExpiry(text, NOW).toISOString()).toBe(expected);
});

it.each(['', '0d', '1', 'soon', '-1d', '1w', '999999d', '2025-01-01', '2027-13-01', '90 d'])(
  'not %s',
  (text) => {
    expect(() => parseExpiry(text, NOW)).toThrow('no time in the future');
  },
);
