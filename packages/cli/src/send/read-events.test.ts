import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openEventFile } from './read-events.ts';
import type { ReadLine } from './send-item.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-send-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function readAll(file: string): Promise<ReadLine[]> {
  const { lines } = await openEventFile(file, { mapping: 'auto', api: undefined });
  const all: ReadLine[] = [];
  for await (const some of lines) all.push(...some);
  return all;
}

const events = (lines: readonly ReadLine[]) =>
  lines.flatMap((l) => ('item' in l ? [JSON.parse(l.item.json) as Record<string, unknown>] : []));
const testdata = (name: string) => path.join(import.meta.dirname, '..', '..', 'testdata', name);

test('the AI trace', async () => {
  const lines = await readAll(testdata('azure-llm-trace-2023-conv.csv.gz'));
  expect(events(lines)).toHaveLength(200);
  expect(lines[0]).toMatchObject({ item: { line: 2, api: 'ai', subject: undefined } });
  expect(events(lines)[0]).toEqual({
    event_id: '23d9b7e4-86d2-5db3-96c7-3cf6375787e5',
    timestamp: '2023-11-16T18:15:46.680Z',
    model_name: 'azure-llm-2023-conv',
    model_version: '2023-11',
    provider: 'azure',
    operation: 'chat',
    input_tokens: 374,
    output_tokens: 44,
    success: true,
  });
});

test('the clickstream: equal rows are events of their own', async () => {
  const lines = await readAll(testdata('ecom-clickstream.csv'));
  const found = events(lines);
  expect(new Set(found.map((e) => e['event_id'])).size).toBe(200);
  expect(new Set(found.map(({ event_id: _, ...rest }) => JSON.stringify(rest))).size).toBe(199);
  expect(lines[0]).toMatchObject({ item: { line: 2, api: 'product', subject: 'user_0006' } });
});

const HEADER = 'TIMESTAMP,ContextTokens,GeneratedTokens';

test('columns in another order, a byte-order mark, CRLF: the same events', async () => {
  const one = await readAll(fileOf('one.csv', `${HEADER}\n2023-11-16 18:15:46,1,2\n`));
  const two = await readAll(
    fileOf('two.csv', '\ufeffContextTokens,"GeneratedTokens",TIMESTAMP\r\n1,2,2023-11-16 18:15:46\r\n'),
  );
  expect(events(two)).toEqual(events(one));
});

test('bad rows are told by line, and the others go on', async () => {
  const lines = await readAll(
    fileOf(
      'bad.csv',
      `${HEADER}\n2023-11-16 18:15:46,1\nnever,1,2\n\n2023-11-16 18:15:46,x,2\n2023-11-16 18:15:46,1,2\n`,
    ),
  );
  expect(lines.map((l) => ('bad' in l ? [l.bad.line, l.bad.code] : [l.item.line, 'ok']))).toEqual([
    [2, 'wrong_cell_count'],
    [3, 'bad_cell'],
    [5, 'bad_cell'],
    [6, 'ok'],
  ]);
});

test('gzip is known by its first bytes, not by its name', async () => {
  expect(
    events(await readAll(fileOf('events', gzipSync('{"event_name":"a"}\n{"event_name":"b"}')))),
  ).toHaveLength(2);
});

test('a cut gzip file, a missing one, an empty one, another text encoding: a clear refusal', async () => {
  const cut = gzipSync(Buffer.from(`{"event_name":"a"}\n`.repeat(50_000))).subarray(0, 100);
  await expect(readAll(fileOf('cut.gz', cut))).rejects.toThrow('damaged or cut gzip');
  await expect(readAll(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  await expect(readAll(folder)).rejects.toThrow('is a folder');
  await expect(readAll(fileOf('empty', ''))).rejects.toMatchObject({ code: 'FORMAT_UNKNOWN' });
  const latin1 = Buffer.from(`${HEADER}\n2023-11-16 18:15:46,caf\u00e9,2\n`, 'latin1');
  await expect(readAll(fileOf('latin1.csv', latin1))).rejects.toThrow('not UTF-8');
});
