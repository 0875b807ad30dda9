import { randomBytes } from 'node:crypto';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { decryptStream, parseKeys } from '@fineprint/at-rest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeWholeFile } from './write-file.ts';

const TEXT = 'weekly report of somebody@example.com';
const keyring = parseKeys(`k1:${randomBytes(32).toString('base64')}`);
let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fineprint-file-'));
  file = path.join(dir, 'report.html');
});
afterEach(() => rmSync(dir, { recursive: true }));

const content = () => Readable.from([Buffer.from(TEXT)]);

it('writes for its user alone, and with keys nothing that could be read without', async () => {
  await writeWholeFile(file, null, content());
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([TEXT, 0o600]);
  await writeWholeFile(file, keyring, content());
  expect(readFileSync(file).includes('somebody')).toBe(false);
  const plain = await buffer(createReadStream(file).pipe(decryptStream(keyring)));
  expect(plain.toString()).toBe(TEXT);
});

it('leaves what was there, and no half of a new one, where the content breaks off', async () => {
  await writeWholeFile(file, null, content());
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('broken off');
    })(),
  );
  await expect(writeWholeFile(file, keyring, broken)).rejects.toThrow('broken off');
  expect([readdirSync(dir), readFileSync(file, 'utf8')]).toEqual([['report.html'], TEXT]);
});
