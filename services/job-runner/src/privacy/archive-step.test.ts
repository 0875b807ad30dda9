import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { type Keyring, parseKeys } from '@fineprint/at-rest';
import type { Archive } from '@fineprint/privacy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archivePath, openPart, partsPath, removeArchives, writersOf } from './archive-file.ts';
import { archive } from './archive-step.ts';
import { MANIFEST } from './collect-step.ts';
import { writePart } from './part-file.ts';
import type { PrivacyPorts } from './ports.ts';
import type { StepContext } from './step.ts';

const ID = '01890a5d-ac96-474b-8cce-000000000001';
const { signal } = new AbortController();
const LINES = '{"user_id":"ada"}\n'.repeat(10_000);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function archived(keyring: Keyring | null): Promise<Archive> {
  const folder = { dir, keyring };
  const parts = partsPath(folder, ID);
  mkdirSync(parts);
  const file = await writePart(
    { dir: parts, folder },
    { store: 'clickhouse', table: 'product_events' },
    Readable.from([LINES]),
    signal,
  );
  expect(file).toMatchObject({ rows: 10_000, bytes: LINES.length });
  const manifest = Buffer.from(JSON.stringify({ files: [file] }));
  await pipeline([Readable.from([manifest]), ...writersOf(path.join(parts, MANIFEST), folder)]);
  for (const name of readdirSync(parts))
    expect(readFileSync(path.join(parts, name)).includes('ada')).toBe(keyring === null && name !== MANIFEST);
  const written: unknown[][] = [];
  const client = { query: async (_sql: string, values: unknown[]) => written.push(values) };
  const context = {
    ports: { archive: folder, archiveDays: 1 } as unknown as PrivacyPorts,
    request: { id: ID, steps: [{ name: 'collect', result: { rows: 10_000 } }] },
    run: { signal, whileOurs: (work: (c: typeof client) => Promise<unknown>) => work(client) },
  } as unknown as StepContext;
  await archive(context);
  return JSON.parse(String(written[0]?.[1])) as Archive;
}

it.each([
  ['in the clear', null],
  ['encrypted', parseKeys(`test:${randomBytes(32).toString('base64')}`)],
])('an archive is one file, %s, with the hash of what is inside', async (_how, keyring) => {
  const told = await archived(keyring);
  expect(readdirSync(dir)).toEqual([told.file]);
  const folder = { dir, keyring };
  const file = archivePath(folder, ID);
  expect(path.basename(file)).toBe(told.file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const plain = await buffer(openPart(file, folder));
  expect([plain.length, createHash('sha256').update(plain).digest('hex')]).toEqual([told.bytes, told.sha256]);
  const tar = gunzipSync(plain).toString();
  expect(tar).toContain(LINES);
  expect(tar.startsWith('clickhouse.product_events.jsonl\0')).toBe(true);
  expect(readFileSync(file).subarray(0, 2).toString('hex') === '1f8b').toBe(keyring === null);
});

it('is removed with everything beside it, whether keys are set by now or not', async () => {
  await archived(parseKeys(`test:${randomBytes(32).toString('base64')}`));
  mkdirSync(partsPath({ dir, keyring: null }, ID));
  await removeArchives({ archive: { dir, keyring: null } } as PrivacyPorts, [ID]);
  expect(readdirSync(dir)).toEqual([]);
});

it('cannot be removed where nobody says where it lies', async () => {
  const ports = { archive: null } as PrivacyPorts;
  await expect(removeArchives(ports, [ID])).rejects.toMatchObject({ code: 'archive_folder_unset' });
  await removeArchives(ports, []);
});
