import { expect, test } from 'vitest';
import { parseProcesses, treeOf } from './process-tree.ts';

test('a process and all below it, and no other', () => {
  const processes = parseProcesses(
    '    1     0   100\n   10     1   200\n   11    10   300\n   12    11    50\n   20     1   400\n',
  );
  expect(treeOf(10, processes).map((p) => p.pid)).toEqual([10, 11, 12]);
  expect(treeOf(10, processes)[0]?.rssBytes).toBe(200 * 1_024);
  expect(treeOf(99, processes)).toEqual([]);
});
