import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rotateLog, tailLog } from './logs.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'logs-'));
  file = path.join(dir, 'kafka.log');
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

test('a start over the limit begins a new file, and a bounded number of old ones is kept', () => {
  for (let start = 1; start <= 6; start += 1) {
    fs.writeFileSync(file, `start ${start}\n`.repeat(10));
    rotateLog(file, 50);
  }
  expect(fs.readdirSync(dir).sort()).toEqual(['kafka.log.1', 'kafka.log.2', 'kafka.log.3']);
  expect(tailLog(`${file}.1`, 1)).toEqual(['start 6']);
  expect(tailLog(`${file}.3`, 1)).toEqual(['start 4']);
});

test('a small file goes on', () => {
  fs.writeFileSync(file, 'one\n');
  rotateLog(file, 50);
  expect(fs.readdirSync(dir)).toEqual(['kafka.log']);
});

test('the tail is of this start only', () => {
  fs.writeFileSync(file, 'earlier\n');
  const offset = fs.statSync(file).size;
  fs.appendFileSync(file, 'a\n\nb\nc\n');
  expect(tailLog(file, 2, offset)).toEqual(['b', 'c']);
  expect(tailLog(file, 9, offset)).toEqual(['a', 'b', 'c']);
  expect(tailLog(path.join(dir, 'missing.log'), 3)).toEqual([]);
});
