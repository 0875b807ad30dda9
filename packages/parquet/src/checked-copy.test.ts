import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { CheckedCopy, HELD_BYTES } from './checked-copy.ts';
import type { RowCounter } from './row-counter.ts';

const NEW_LINE = 10;

function createLineCounter(): RowCounter {
  let lines = 0;
  return {
    add(chunk) {
      for (const byte of chunk) if (byte === NEW_LINE) lines++;
    },
    rows: () => lines,
  };
}

async function copy(chunks: readonly string[]) {
  const checked = new CheckedCopy(createLineCounter());
  const [bytes] = await Promise.all([
    buffer(checked),
    pipeline(Readable.from(chunks.map((c) => Buffer.from(c))), checked),
  ]);
  return { bytes, summary: checked.summary() };
}

it('passes all on, counted and hashed', async () => {
  const lines = Array.from({ length: 5_000 }, (_, i) => `{"i":${i},"text":"${'x'.repeat(i % 50)}"}\n`);
  const { bytes, summary } = await copy(lines);
  expect(bytes.toString()).toBe(lines.join(''));
  const sha256 = createHash('sha256').update(lines.join('')).digest('hex');
  expect(summary).toEqual({ rows: 5_000, bytes: bytes.length, sha256 });
  expect((await copy([])).summary.rows).toBe(0);
});

it('fails where ClickHouse ends with an exception, and passes none of it on', async () => {
  const broken = [
    '{"a":1}\n'.repeat(HELD_BYTES),
    '\r\n__exc',
    'eption__\r\ntag\r\nCode: 241. DB::Exception\r\n',
  ];
  const checked = new CheckedCopy(createLineCounter());
  const read = buffer(checked).catch(() => null);
  await expect(pipeline(Readable.from(broken.map((c) => Buffer.from(c))), checked)).rejects.toThrow(
    'broke off',
  );
  expect(await read).toBeNull();
});
