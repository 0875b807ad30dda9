import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLocalKey, writeLocalKey } from './local-key.ts';

test('the key is kept, for its owner only', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-key-'));
  try {
    expect(readLocalKey(folder)).toBeUndefined();
    writeLocalKey(folder, { id: '1', writeKey: 'fpk_abc' });
    expect(readLocalKey(folder)).toEqual({ id: '1', writeKey: 'fpk_abc' });
    expect(statSync(path.join(folder, 'local-write-key.json')).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
