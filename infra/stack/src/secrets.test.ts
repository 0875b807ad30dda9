import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secrets } from './secrets.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'secrets-'));
});
afterEach(() => fs.rmSync(dataDir, { recursive: true }));

test('a secret stays the same, differs by name and folder, and fits URLs and config files', () => {
  const secret = Secrets.open(dataDir).get('redisPassword');
  expect(Secrets.open(dataDir).get('redisPassword')).toBe(secret);
  expect(Secrets.open(dataDir).get('postgresPassword')).not.toBe(secret);
  expect(Secrets.open(path.join(dataDir, 'other')).get('redisPassword')).not.toBe(secret);
  expect(secret).toMatch(/^[A-Za-z0-9]{32}$/);
});

test('only the owner can read the file, and nothing else is left', () => {
  Secrets.open(dataDir);
  expect(fs.readdirSync(dataDir)).toEqual(['secrets.json']);
  expect(fs.statSync(path.join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
});
