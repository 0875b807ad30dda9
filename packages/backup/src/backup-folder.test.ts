import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Keyring, parseKeys } from '@fineprint/at-rest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  beginFolder,
  checkFiles,
  finishFolder,
  readBackupFile,
  readManifest,
  UNFINISHED,
  writeBackupFile,
  writeManifest,
} from './backup-folder.ts';
import type { Manifest } from './manifest.ts';

const never = new AbortController().signal;
const keyring = parseKeys(`k1:${randomBytes(32).toString('base64')}`);
const rows = Buffer.from('4\tsomebody@example.com\n'.repeat(9_000));
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'fineprint-backup-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

async function made(keys: Keyring | null): Promise<{ dir: string; manifest: Manifest; file: string }> {
  const dir = path.join(parent, 'a');
  const unfinished = await beginFolder(dir);
  const of = { store: 'postgres', table: 'users' } as const;
  const stored = await writeBackupFile(unfinished, of, keys, [Readable.from([rows])], never);
  const manifest: Manifest = {
    startedAt: '2026-01-02T03:04:05.000Z',
    finishedAt: '2026-01-02T03:04:06.000Z',
    encryptedWith: keys?.newest.id ?? null,
    kafka: { clusterId: 'c', positions: [] },
    migrations: { clickhouse: {}, postgres: {} },
    files: [{ ...of, columns: [{ name: 'id', type: 'uuid' }], rows: 9_000, fingerprint: null, ...stored }],
    sequences: [],
  };
  await writeManifest(unfinished, manifest, keys);
  await finishFolder(unfinished, dir);
  return { dir, manifest, file: path.join(dir, `postgres/users.copy.zst${keys === null ? '' : '.enc'}`) };
}

it.each([
  ['in the clear', null],
  ['encrypted', keyring],
])('comes back as it was written, %s, and a changed byte or a cut is found', async (_how, keys) => {
  const { dir, manifest, file } = await made(keys);
  expect(await readManifest(dir, keys)).toEqual(manifest);
  const [of] = manifest.files;
  if (of === undefined) throw new Error('no file');
  expect(await buffer(readBackupFile(dir, of, manifest, keys))).toEqual(rows);
  await checkFiles(dir, manifest, keys, never);

  const whole = readFileSync(file);
  for (const place of [0, whole.length >> 1, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[place] = (changed[place] ?? 0) ^ 1;
    writeFileSync(file, changed);
    await expect(checkFiles(dir, manifest, keys, never)).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/damaged|truncated|key_wrong|not_encrypted/) }),
    );
  }
  writeFileSync(file, whole.subarray(0, whole.length >> 1));
  await expect(checkFiles(dir, manifest, keys, never)).rejects.toThrow(
    expect.objectContaining({ code: expect.stringMatching(/damaged|truncated/) }),
  );
  rmSync(file);
  await expect(checkFiles(dir, manifest, keys, never)).rejects.toThrow(
    expect.objectContaining({ code: 'backup_incomplete' }),
  );
});

it('is no backup without its end, without a folder, without its key, or with a manifest of somebody else', async () => {
  const { dir, manifest } = await made(keyring);
  await expect(readManifest(dir, null)).rejects.toThrow(
    expect.objectContaining({ code: 'encryption_key_missing' }),
  );
  const other = parseKeys(`k1:${randomBytes(32).toString('base64')}`);
  await expect(readManifest(dir, other)).rejects.toThrow(
    expect.objectContaining({ code: 'encryption_key_wrong' }),
  );
  await writeManifest(dir, manifest, null);
  await expect(readManifest(dir, keyring)).rejects.toThrow(
    expect.objectContaining({ code: 'backup_damaged' }),
  );
  await expect(readManifest(path.join(parent, 'b'), keyring)).rejects.toThrow(
    expect.objectContaining({ code: 'backup_missing' }),
  );
  const left = await beginFolder(path.join(parent, 'b'));
  expect(left.endsWith(UNFINISHED)).toBe(true);
  for (const folder of [left, parent])
    await expect(readManifest(folder, keyring)).rejects.toThrow(
      expect.objectContaining({ code: 'backup_incomplete' }),
    );
});
