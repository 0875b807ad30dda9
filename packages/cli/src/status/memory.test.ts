import { expect, test } from 'vitest';
import { memoryOf, readMemory } from './memory.ts';

test('a process with all below it', () => {
  const memory = memoryOf(
    '    1     0   100\n   10     1  2000\n   11    10    30\n   12    11     4\n   20     1     7\n',
  );
  expect(memory(10)).toBe((2_000 + 30 + 4) * 1_024);
  expect(memory(20)).toBe(7 * 1_024);
  expect(memory(99)).toBeUndefined();
});

test('this process has some', async () => {
  expect((await readMemory())(process.pid)).toBeGreaterThan(1 << 20);
});
