import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createErrorWatch, errorsIn } from './recent-errors.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-errors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const line = (level: string, msg: string) =>
  `${JSON.stringify({ level, time: '2026-01-02T03:04:05.678Z', msg, err: { message: 'why' } })}\n`;

test('only errors, of our logger', () => {
  expect(
    errorsIn('loader', `${line('info', 'fine')}${line('error', 'bad')}not JSON "level":"error"\n`),
  ).toEqual([{ name: 'loader', time: '2026-01-02T03:04:05.678Z', message: 'bad: why' }]);
});

test('only what came since the last look, a half-written line at the next one, a new file from its start', () => {
  const file = path.join(folder, 'a.log');
  writeFileSync(file, line('error', 'before'));
  const watch = createErrorWatch(2);
  const messages = () => {
    watch.look('a', file);
    return watch.last().map((e) => e.message);
  };
  expect(messages()).toEqual([]);
  const text = line('error', 'one');
  appendFileSync(file, text.slice(0, 30));
  expect(messages()).toEqual([]);
  appendFileSync(file, text.slice(30));
  expect(messages()).toEqual(['one: why']);
  writeFileSync(file, line('error', '2'));
  expect(messages()).toEqual(['one: why', '2: why']);
  appendFileSync(file, line('error', 'three'));
  expect(messages()).toEqual(['2: why', 'three: why']);
});
