import { expect, test } from 'vitest';
import { growthOf } from './growth.ts';

const run = (of: (i: number) => number) => growthOf(Array.from({ length: 120 }, (_, i) => of(i)));

test('a heap that swings, and one that fills up at first, are flat', () => {
  expect(run((i) => 200 + (i % 7) * 20).is_flat).toBe(true);
  expect(run((i) => Math.min(300, 100 + i * 8))).toMatchObject({
    second_quarter: 300,
    last_quarter: 300,
    is_flat: true,
  });
});

test('one that goes on growing is not', () => {
  expect(run((i) => 200 + i)).toMatchObject({
    second_quarter: 245,
    last_quarter: 305,
    most: 319,
    is_flat: false,
  });
});
