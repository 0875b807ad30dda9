import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { treeCost, treeOf } from './tree-cost.ts';

test('a tree is a process and all below it', () => {
  const parents = new Map([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
  ]);
  expect(treeOf(2, parents)).toEqual([2, 3, 4]);
});

test('what a process burns is counted, with what a child of it burnt before it ended', async () => {
  const burn = 'const until = Date.now() + 300; while (Date.now() < until);';
  const script = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]); console.log('done'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const { cpuSeconds, memoryMiB, residentMiB } = treeCost(child.pid ?? 0);
    expect(cpuSeconds).toBeGreaterThan(0.1);
    expect(residentMiB).toBeGreaterThan(10);
    expect(memoryMiB).toBeGreaterThanOrEqual(residentMiB);
  } finally {
    child.kill('SIGKILL');
  }
});
