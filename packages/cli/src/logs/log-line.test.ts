import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { readableLine } from './log-line.ts';

test('our lines for people', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-01-02T03:04:05.678Z',
    service: 'loader',
    pid: 1,
    partition: 3,
    err: { name: 'E', code: 'write_failed', message: 'no' },
    msg: 'insert failed',
  });
  expect(stripVTControlCharacters(readableLine(line))).toBe(
    '03:04:05.678 error insert failed partition=3 (write_failed: no)',
  );
});

test.each(['[2026] WARN kafka', '{"not": "a log line"}', '{broken'])('%s stays as it is', (line) =>
  expect(readableLine(line)).toBe(line),
);
