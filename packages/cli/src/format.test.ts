import { expect, test } from 'vitest';
import { bytes, count, duration } from './format.ts';

test.each([
  [0, '0 ms'],
  [850, '850 ms'],
  [4_200, '4.2 s'],
  [185_000, '3 min 5 s'],
  [7_440_000, '2 h 4 min'],
  [273_600_000, '3 d 4 h'],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [360 * 1_048_576, '360 MiB'],
])('%d bytes are %s', (n, text) => expect(bytes(n)).toBe(text));

test('thousands are separated', () => expect(count(19_365)).toBe('19,365'));
