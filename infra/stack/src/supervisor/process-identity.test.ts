import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { commandLine, parseProcStat, processIdentity } from './process-identity.ts';

test('a command with spaces and parentheses does not shift the fields', () => {
  const after = Array.from({ length: 30 }, (_, index) => `f${index}`)
    .join(' ')
    .replace('f0', 'S')
    .replace('f19', '4711');
  expect(parseProcStat(`42 (tmux: (x) server) ${after}`)).toEqual({ state: 'S', startTicks: '4711' });
  expect(parseProcStat('garbage')).toBeUndefined();
});

test('a process keeps its identity, and an ended one has none', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  const identity = processIdentity(pid);
  expect(identity).toBeTypeOf('string');
  expect(processIdentity(pid)).toBe(identity);
  expect(commandLine(pid)).toContain('sleep 60');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processIdentity(pid)).toBeUndefined();
});
