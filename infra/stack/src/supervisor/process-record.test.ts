import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIdentity } from './process-identity.ts';
import {
  isAlive,
  type ProcessRecord,
  readRecord,
  readRecords,
  removeRecord,
  writeRecord,
} from './process-record.ts';

let runDir: string;
beforeEach(() => {
  runDir = fs.mkdtempSync(path.join(os.tmpdir(), 'run-'));
});
afterEach(() => fs.rmSync(runDir, { recursive: true }));

const record: ProcessRecord = {
  name: 'kafka',
  tier: 'part',
  pid: process.pid,
  identity: processIdentity(process.pid) ?? '',
  specHash: 'abc',
  command: 'java',
  ports: [9092, 9093],
  logFile: '/x.log',
  startedAt: '2026-01-01T00:00:00.000Z',
  stopSignal: 'SIGTERM',
  stopTimeoutMs: 1000,
};

test('is read back as written, and gone once removed', () => {
  writeRecord(runDir, record);
  writeRecord(runDir, { ...record, name: 'redis', url: 'redis://x' });
  expect(readRecord(runDir, 'kafka')).toEqual(record);
  expect(readRecords(runDir).map(({ name }) => name)).toEqual(['kafka', 'redis']);
  removeRecord(runDir, 'kafka');
  expect(readRecord(runDir, 'kafka')).toBeUndefined();
  expect(readRecords(path.join(runDir, 'missing'))).toEqual([]);
});

test('a pid that another process has by now is not alive', () => {
  expect(isAlive(record)).toBe(true);
  expect(isAlive({ ...record, identity: 'an earlier boot/1' })).toBe(false);
  expect(isAlive({ ...record, pid: 2 ** 30 })).toBe(false);
});

test.each(['', '{"name":"kafka"}', JSON.stringify({ ...record, pid: -1 })])(
  'a damaged record is none: %s',
  (text) => {
    fs.writeFileSync(path.join(runDir, 'kafka.json'), text);
    expect(readRecord(runDir, 'kafka')).toBeUndefined();
  },
);
