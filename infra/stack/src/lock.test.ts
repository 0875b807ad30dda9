import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { tryLock } from '@fineprint/file-lock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withStackLock } from './lock.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'lock-'));
});
afterEach(() => fs.rmSync(dataDir, { recursive: true }));

test('one at a time, in turn', async () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} in`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    order.push(`${name} out`);
  };
  let waits = 0;
  const onWait = () => {
    waits += 1;
  };
  await Promise.all([
    withStackLock(dataDir, { timeoutMs: 5_000, onWait }, work('a')),
    withStackLock(dataDir, { timeoutMs: 5_000, onWait }, work('b')),
  ]);
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  expect(waits).toBe(1);
});

test('gives up after its time, and works again once the lock is free', async () => {
  const lock = tryLock(path.join(dataDir, 'run', 'lock.sqlite'));
  const attempt = () => withStackLock(dataDir, { timeoutMs: 0 }, async () => 'done');
  await expect(attempt()).rejects.toMatchObject({ code: 'STACK_BUSY' });
  lock?.release();
  await expect(attempt()).resolves.toBe('done');
});

test('is released when the work fails', async () => {
  const failing = withStackLock(dataDir, { timeoutMs: 0 }, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(withStackLock(dataDir, { timeoutMs: 0 }, async () => 1)).resolves.toBe(1);
});
