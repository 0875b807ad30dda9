import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { encryptStream, type Keyring, parseKeys } from '@fineprint/at-rest';
import { createRequestHash } from '@fineprint/privacy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

const ID = '01890a5d-ac96-474b-8cce-000000000001';
const BYTES = randomBytes(200_000);
const keyring = parseKeys(`test:${randomBytes(32).toString('base64')}`);

let dir: string;
let api: TestApi | undefined;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'archive-'));
});
afterEach(async () => {
  await api?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function fetched(file: string | null, keys: Keyring | null): Promise<Response> {
  const archive = file === null ? null : { file, bytes: BYTES.length, sha256: 'of it', rows: 1 };
  const query = async (text: string) => ({
    rows: text.includes('privacy_steps') ? [] : [{ id: ID, archive }],
    rowCount: 1,
  });
  api = await startTestApi({
    database: { query, transaction: () => Promise.reject(new Error('not used')) },
    privacy: { key: 'k', requestHash: createRequestHash('k'), archive: { dir, keyring: keys } },
  });
  return fetch(`${api.url}/api/v1/privacy/requests/${ID}/archive`, {
    headers: { authorization: `Bearer ${api.addKey('privacy_officer')}`, accept: 'application/gzip' },
  });
}
const write = (file: string, isEncrypted: boolean) =>
  pipeline([
    Readable.from([BYTES]),
    ...(isEncrypted ? [encryptStream(keyring)] : []),
    createWriteStream(path.join(dir, file)),
  ]);

it.each([
  ['a.tar.gz', false],
  ['a.tar.gz.enc', true],
])('hands out %s as it was before it was encrypted', async (file, isEncrypted) => {
  await write(file, isEncrypted);
  const response = await fetched(file, isEncrypted ? keyring : null);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toContain('"a.tar.gz"');
  expect(response.headers.get('x-archive-sha256')).toBe('of it');
  expect(BYTES.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
});

it('says why there is none', async () => {
  for (const [file, keys] of [
    [null, null],
    ['gone.tar.gz', null],
    ['a.tar.gz.enc', null],
  ] as const) {
    await write('a.tar.gz.enc', true);
    const response = await fetched(file, keys);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      404,
      'no_archive',
    ]);
    await api?.close();
  }
  api = undefined;
});
