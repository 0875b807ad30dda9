import { expect, test } from 'vitest';
import { memorySlope } from './memory-slope.ts';

const samples = (minutes: number, bytesAt: (minute: number) => number) =>
  Array.from({ length: minutes * 6 + 1 }, (_, i) => ({ atMs: i * 10_000, bytes: bytesAt(i / 6) }));

test('percent of the mean per minute', () => {
  expect(memorySlope(samples(10, () => 100e6))).toBeCloseTo(0);
  expect(memorySlope(samples(10, (minute) => 95e6 + minute * 1e6))).toBeCloseTo(1);
});

test('says nothing of a short time', () => {
  expect(memorySlope(samples(1, () => 1))).toBeNull();
  expect(memorySlope([])).toBeNull();
});
