import { existsSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { writeLoadFile } from './load-file.ts';

const range = { topic: 'alerts', partition: 3, firstOffset: 5, lastOffset: 7 };

it('has a name of its range and its content, and every line once', async () => {
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
  await expect(writeLoadFile(range, failing())).rejects.toThrow('no line');
});
