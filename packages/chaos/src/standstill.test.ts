import { expect, test } from 'vitest';
import { watchStandstill } from './standstill.ts';

const look = (watch: ReturnType<typeof watchStandstill>, nowMs: number, a: number, b: number) =>
  watch.look(
    new Map([
      ['a', a],
      ['b', b],
    ]),
    nowMs,
  );

test('the longest time without news, of the worst table', () => {
  const watch = watchStandstill();
  look(watch, 1_000, 1, 1);
  look(watch, 2_000, 2, 1);
  look(watch, 4_000, 3, 2);
  look(watch, 5_000, 4, 3);
  expect(watch.worst()).toEqual({ table: 'b', longestMs: 3_000 });
});

test('a standstill that is not over counts as well', () => {
  const watch = watchStandstill();
  look(watch, 1_000, 1, 1);
  look(watch, 9_000, 1, 2);
  expect(watch.worst()).toEqual({ table: 'a', longestMs: 8_000 });
});

test('nothing was seen yet', () => {
  expect(watchStandstill().worst().longestMs).toBe(0);
});
