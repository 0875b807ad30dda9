import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parseKeys } from '@fineprint/at-rest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { partProblem } from './check-part.ts';
import { fileOf } from './part-name.ts';
import {
  discardPart,
  discardUnfinished,
  finishPart,
  lastPartOnDisk,
  removePartFile,
  writePart,
} from './write-part.ts';

const NAME = { dataset: 'ai_requests', day: '2026-01-02', part: 1, encryptedWith: null };
const never = new AbortController().signal;
let dir: string;
const plain = () => ({ dir, keyring: null });
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fineprint-archive-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const files = () => readdirSync(dir, { recursive: true }).filter((f) => String(f).includes('part-'));

/** The smallest file with so many rows (below 64): a footer that says nothing else. */
const parquet = (rows: number) =>
  Buffer.concat([
    Buffer.from('PAR1'),
    Buffer.from([0x15, 2, 0x26, rows * 2, 0]),
    Buffer.from([5, 0, 0, 0]),
    Buffer.from('PAR1'),
  ]);
const write = (bytes: Iterable<Buffer>) => writePart(plain(), NAME, Readable.from(bytes), never);

it('has no name before it is given one, and is then as it was written', async () => {
  const written = await write([parquet(7)]);
  expect(written).toMatchObject({ rows: 7, bytes: 17 });
  expect(files()).toEqual([path.join(path.dirname(fileOf(NAME)), written.unfinishedFile)]);
  await finishPart(dir, NAME, written.unfinishedFile);
  expect(files()).toEqual([fileOf(NAME)]);
  expect(await partProblem(plain(), { ...NAME, ...written })).toBeNull();
  expect(await partProblem(plain(), { ...NAME, ...written, rows: 8 })).toBe(
    'has 7 rows, and was written with 8',
  );
  await removePartFile(dir, NAME);
  await removePartFile(dir, { ...NAME, day: '1999-01-01' });
  expect(await partProblem(plain(), { ...NAME, ...written })).toBe('is not there');
});

it('leaves nothing of a result that breaks off, whole as it may look', async () => {
  const broken = Buffer.concat([parquet(7), Buffer.from('\r\n__exception__\r\ntag\r\nCode: 241')]);
  await expect(write([broken])).rejects.toThrow('broke off');
  await expect(write([parquet(7).subarray(0, 12)])).rejects.toThrow('no end');
  expect(files()).toEqual([]);
});

it('clears away what a killed process left, and no file with a name', async () => {
  const kept = await write([parquet(1)]);
  await finishPart(dir, NAME, kept.unfinishedFile);
  const left = await write([parquet(2)]);
  await discardPart(dir, NAME, (await write([parquet(3)])).unfinishedFile);
  expect(files()).toHaveLength(2);
  await discardUnfinished(dir, 'ai_feedback');
  await discardUnfinished(dir, NAME.dataset);
  expect(files()).toEqual([fileOf(NAME)]);
  // Whoever was killed after giving the name does it again.
  await finishPart(dir, NAME, kept.unfinishedFile);
  await finishPart(dir, NAME, left.unfinishedFile);
  expect(await partProblem(plain(), { ...NAME, ...kept })).toBeNull();
  expect(await lastPartOnDisk(dir, NAME.dataset, NAME.day)).toBe(1);
  expect(await lastPartOnDisk(dir, NAME.dataset, '2026-01-03')).toBe(0);
});

it('encrypts where there are keys, and tells damage from a key that is not there', async () => {
  const keyring = parseKeys(`k1:${Buffer.alloc(32, 7).toString('base64')}`);
  const other = parseKeys(`k1:${Buffer.alloc(32, 8).toString('base64')}`);
  const name = { ...NAME, encryptedWith: keyring.newest.id };
  const archive = { dir, keyring };
  const written = await writePart(archive, name, Readable.from([parquet(9)]), never);
  await finishPart(dir, name, written.unfinishedFile);
  expect(files()).toEqual([fileOf(name)]);
  expect(fileOf(name)).toMatch(/part-1\.parquet\.enc$/);
  const expected = { ...name, ...written };
  expect(await partProblem(archive, expected)).toBeNull();
  expect(await partProblem(plain(), expected)).toContain('no keys are set');
  expect(await partProblem({ dir, keyring: other }, expected)).not.toBeNull();
  const file = path.join(dir, fileOf(name));
  const bytes = readFileSync(file);
  expect(bytes.includes('PAR1')).toBe(false);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(file, bytes);
  expect(await partProblem(archive, expected)).toContain('changed');
});
