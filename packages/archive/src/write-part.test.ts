import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { partProblem } from './check-part.ts';
import { fileOf } from './part-name.ts';
import { discardPart, discardUnfinished, finishPart, removePartFile, writePart } from './write-part.ts';

const NAME = { dataset: 'ai_requests', day: '2026-01-02', part: 1 };
const never = new AbortController().signal;
let dir: string;
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
const write = (bytes: Iterable<Buffer>) => writePart(dir, NAME, Readable.from(bytes), never);

it('has no name before it is given one, and is then as it was written', async () => {
  const written = await write([parquet(7)]);
  expect(written).toMatchObject({ rows: 7, bytes: 17 });
  expect(files()).toEqual([path.relative(dir, written.unfinishedFile)]);
  await finishPart(dir, NAME, written.unfinishedFile);
  expect(files()).toEqual([fileOf(NAME)]);
  expect(await partProblem(dir, { ...NAME, ...written })).toBeNull();
  expect(await partProblem(dir, { ...NAME, ...written, rows: 8 })).toBe('has 7 rows, and was written with 8');
  await removePartFile(dir, NAME);
  await removePartFile(dir, { ...NAME, day: '1999-01-01' });
  expect(await partProblem(dir, { ...NAME, ...written })).toBe('is not there');
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
  await discardPart((await write([parquet(3)])).unfinishedFile);
  expect(files()).toHaveLength(2);
  await discardUnfinished(dir, 'ai_feedback');
  await discardUnfinished(dir, NAME.dataset);
  expect(files()).toEqual([fileOf(NAME)]);
  await expect(finishPart(dir, NAME, left.unfinishedFile)).rejects.toThrow('ENOENT');
});
