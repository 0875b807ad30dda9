import { expect, test } from 'vitest';
import { compareSums, type Sums } from './metric-sums.ts';

const sum = (name: string, rows: number): Sums[number] => ({ dimensions: { name }, measures: { rows } });

test('shows only what changes, before and after', () => {
  const total = [sum('a', 10), sum('b', 5), sum('c', 1)];
  const changes = compareSums(total, [sum('a', 3), sum('b', 2)], [sum('a', 3), sum('d', 2)]);
  expect(changes).toEqual([
    { dimensions: { name: 'b' }, before: { rows: 5 }, after: { rows: 3 } },
    { dimensions: { name: 'd' }, before: { rows: 0 }, after: { rows: 2 } },
  ]);
});

test('sums of the same numbers in another order are the same figure', () => {
  expect(compareSums([sum('a', 0.6)], [sum('a', 0.1 + 0.2 + 0.3)], [sum('a', 0.3 + 0.2 + 0.1)])).toEqual([]);
});
