import { expect, it } from 'vitest';
import { StateTable } from './state-table.ts';

interface Count {
  n: number;
}
const budgetOf = (limitBytes: number) => ({ limitBytes, usedBytes: 0, open: 0 });
const newTable = (budget: ReturnType<typeof budgetOf>) =>
  new StateTable<Count>({ write: (s) => JSON.stringify(s), read: (t) => JSON.parse(t) as Count }, budget);
const more = (state: Count | undefined) => ({ n: (state?.n ?? 0) + 1 });

it('answers what changed since it was last asked, a part at a time', () => {
  const table = newTable(budgetOf(1e6));
  for (const key of ['a', 'b', 'a']) expect(table.update(key, 0, more)).toBe('changed');
  expect(table.update('c', 1, () => undefined)).toBe('unchanged');
  expect(table.takeChanged(1)).toEqual([{ key: 'a', text: '{"n":2}' }]);
  expect(table.takeChanged(5)).toEqual([{ key: 'b', text: '{"n":1}' }]);
  expect(table.takeChanged(5)).toEqual([]);
  table.update('a', 2, more);
  expect(table.takeChanged(5)).toEqual([{ key: 'a', text: '{"n":3}' }]);
});

it('counts nothing that a state read back includes, and takes the highest as-of', () => {
  const table = newTable(budgetOf(1e6));
  table.restore('a', '{"n":5}', 10);
  table.restore('a', '{"n":4}', 9);
  expect(table.update('a', 10, more)).toBe('already_counted');
  expect(table.update('a', 11, more)).toBe('changed');
  expect(table.takeChanged(5)).toEqual([{ key: 'a', text: '{"n":6}' }]);
});

it('refuses what is new when full, tells the others, and gives its bytes back', () => {
  const budget = budgetOf(250);
  const table = newTable(budget);
  table.update('a', 0, more);
  expect(table.update('b', 1, more)).toBe('refused');
  const fulls: boolean[] = [];
  table.update('a', 2, (state, full) => {
    fulls.push(full);
    return more(state);
  });
  expect(fulls).toEqual([true]);
  table.close();
  expect(budget).toMatchObject({ usedBytes: 250 + '{"n":2}'.length, open: 0 });
  table.remove('a');
  expect(budget.usedBytes).toBe(0);
  table.update('b', 3, more);
  expect(budget.open).toBe(1);
  table.release();
  expect(budget).toMatchObject({ usedBytes: 0, open: 0 });
});

it('goes on from the text once the object is gone', () => {
  const table = newTable(budgetOf(1e6));
  table.update('a', 0, more);
  table.close();
  table.update('a', 1, more);
  expect(table.takeChanged(5)).toEqual([{ key: 'a', text: '{"n":2}' }]);
});
