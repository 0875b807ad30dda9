import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readLocalKey, writeLocalKey } from './local-key.ts';

test('each kind of key is kept, for its owner only', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-key-'));
  try {
    expect(readLocalKey(folder, 'write')).toBeUndefined();
    writeLocalKey(folder, 'write', { id: '1', writeKey: 'fpk_abc' });
    expect(readLocalKey(folder, 'write')).toEqual({ id: '1', writeKey: 'fpk_abc' });
    expect(readLocalKey(folder, 'api')).toBeUndefined();
    writeLocalKey(folder, 'api', { id: '2', apiKey: 'fpa_abc' });
    expect(readLocalKey(folder, 'api')).toEqual({ id: '2', apiKey: 'fpa_abc' });
    expect(statSync(path.join(folder, 'local-write-key.json')).mode & 0o777).toBe(0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
