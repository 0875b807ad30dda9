import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isProcessAlive, loadFilesIn, removeLeftFiles } from './load-file.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(tmpdir(), 'fineprint-itest-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const range = { topic: 'alerts', partition: 3, firstOffset: 5, lastOffset: 7 };

it('has a name of its range and its content, and every line once', async () => {
  const writeLoadFile = loadFilesIn(parent);
  const lines = Array.from({ length: 3 }, (_, i) => `{"n":${i},"text":"${'ü'.repeat(200_000)}"}`);
  const [file, again] = [await writeLoadFile(range, lines), await writeLoadFile(range, lines)];
  expect(file.stagePath).toMatch(/^alerts\/3\/5-7-[0-9a-f]{12}\.json\.gz$/);
  expect(again.stagePath).toBe(file.stagePath);
  expect(again.localPath).not.toBe(file.localPath);
  expect(gunzipSync(readFileSync(file.localPath)).toString()).toBe(`${lines.join('\n')}\n`);
  expect(statSync(file.localPath).mode & 0o777).toBe(0o600);
  const other = await writeLoadFile(range, lines.slice(1));
  expect(other.stagePath).not.toBe(file.stagePath);
  for (const made of [file, again, other]) {
    await made.remove();
    expect(existsSync(made.localPath)).toBe(false);
  }
});

it('leaves nothing behind where a line cannot be made', async () => {
  function* failing(): Generator<string> {
    yield 'a';
    throw new Error('no line');
  }
  await expect(loadFilesIn(parent)(range, failing())).rejects.toThrow('no line');
  expect(readdirSync(parent)).toEqual([]);
});

it('removes what killed processes left, of this one too, and nothing of others', async () => {
  const mine = await loadFilesIn(parent)(range, ['{}']);
  for (const name of ['fineprint-load-77777777-abc', 'fineprint-load-88888888-abc', 'fineprint-other'])
    mkdirSync(path.join(parent, name));
  expect(await removeLeftFiles(parent, (pid) => pid === 88_888_888)).toBe(2);
  expect(existsSync(mine.localPath)).toBe(false);
  expect(readdirSync(parent).sort()).toEqual(['fineprint-load-88888888-abc', 'fineprint-other']);
  expect([isProcessAlive(process.pid), isProcessAlive(2 ** 30)]).toEqual([true, false]);
});
