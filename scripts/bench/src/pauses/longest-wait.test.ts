import { expect, it } from 'vitest';
import { createLongestWait } from './longest-wait.ts';

it('counts from when something waits to when the partition moves; an empty one waits for nothing', () => {
  const wait = createLongestWait();
  wait.observe('g', 't/0', 5, 5, 0);
  wait.observe('g', 't/0', 5, 9, 1_000);
  wait.observe('g', 't/1', 0, 1, 1_000);
  expect(wait.waitingMs('g', 1_200)).toBe(200);
  wait.observe('g', 't/1', 1, 1, 1_500);
  wait.observe('g', 't/0', 7, 9, 4_000);
  expect(wait.byGroup(4_200)).toEqual({ g: 3_000 });
  wait.observe('g', 't/0', 7, 9, 9_500);
  expect(wait.byGroup(9_500)).toEqual({ g: 5_500 });
  wait.reset();
  expect(wait.byGroup(9_500)).toEqual({});
});
