import { expect, it } from 'vitest';
import { largest, linesOf, scaled } from './series.ts';

const row = (at: string | null, name: string, value: number | null) => ({ at, name, value });
const read = {
  at: (r: ReturnType<typeof row>) => r.at,
  name: (r: ReturnType<typeof row>) => r.name,
  value: (r: ReturnType<typeof row>) => r.value,
};
const T = (s: number) => new Date(s * 1_000).toISOString();

it('makes lines of rows over the times that there are', () => {
  const rows = [row(T(20), 'b', 2), row(T(10), 'a', 1), row(T(20), 'a', null), row(null, 'a', 9)];
  expect(linesOf(rows, read)).toEqual({
    seconds: [10, 20],
    lines: [
      { name: 'b', values: [null, 2] },
      { name: 'a', values: [1, null] },
    ],
  });
});

it('fills a grid, joins rows of one time, and keeps the names that were asked for', () => {
  const rows = [row(T(10), 'a', 1), row(T(10), 'a', 4), row(T(10), 'other', 9)];
  const lines = linesOf(rows, {
    ...read,
    join: (a, b) => a + b,
    names: ['a', 'none'],
    missing: 0,
    grid: { fromMs: 0, toMs: 30_000, stepMs: 10_000 },
  });
  expect(lines).toEqual({
    seconds: [0, 10, 20],
    lines: [
      { name: 'a', values: [0, 5, 0] },
      { name: 'none', values: [0, 0, 0] },
    ],
  });
  expect(scaled(lines, 0.1).lines[0]?.values).toEqual([0, 0.5, 0]);
  expect(largest(lines, 1)).toMatchObject({ leftOut: 1, lines: { lines: [{ name: 'a' }] } });
});
