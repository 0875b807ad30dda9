import { expect, test } from 'vitest';
import { gapOf, watchedUntil } from './gaps.ts';

const progress = new Map([
  ['fast', [100, 200, 300, 900, 1_000, 1_100, 1_900, 2_000]],
  ['slow', [100, 250, 700, 2_000]],
]);
const gap = (startMs: number, endMs: number, watchedUntilMs = endMs) =>
  gapOf(progress, { startMs, endMs, watchedUntilMs });

test('the longest standstill of the worst table, from the last news before the fault on', () => {
  expect(gap(310, 650)).toEqual({ table: 'fast', longestMs: 600, resumedAfterMs: 250 });
  expect(gap(750, 950)).toEqual({ table: 'slow', longestMs: 1_300, resumedAfterMs: 1_050 });
});

test('what was on its way does not hide a standstill after it', () => {
  const times = new Map([['table', [100, 200, 300, 5_300, 5_400]]]);
  expect(gapOf(times, { startMs: 150, endMs: 150, watchedUntilMs: 1_000 })).toEqual({
    table: 'table',
    longestMs: 5_000,
    resumedAfterMs: 5_150,
  });
});

test('nothing stored after it is no gap of any length', () => {
  expect(gap(1_500, 2_500)).toBeNull();
});

test('a fault is watched until the next one', () => {
  const faults = [
    { startMs: 0, endMs: 10 },
    { startMs: 500, endMs: 600 },
  ];
  expect(faults.map((f) => watchedUntil(faults, f))).toEqual([500, 30_600]);
});
