import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { writersOf } from './archive-file.ts';
import type { ArchiveFolder } from './ports.ts';

/** One file of an archive, as the manifest tells of it. */
export interface PartFile {
  readonly store: string;
  readonly table: string;
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

const NEWLINE = 10;

/** Writes lines of JSON as they come, with what they come to. */
export async function writePart(
  { dir, folder }: { readonly dir: string; readonly folder: ArchiveFolder },
  name: Pick<PartFile, 'store' | 'table'>,
  chunks: AsyncIterable<Buffer | string>,
  signal: AbortSignal,
): Promise<PartFile> {
  const file = `${name.store}.${name.table}.jsonl`;
  const hash = createHash('sha256');
  let [rows, bytes] = [0, 0];
  async function* counted() {
    for await (const chunk of chunks) {
      const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      hash.update(buffer);
      bytes += buffer.length;
      for (const byte of buffer) if (byte === NEWLINE) rows++;
      yield buffer;
    }
  }
  await pipeline([Readable.from(counted()), ...writersOf(path.join(dir, file), folder)], { signal });
  return { ...name, file, rows, bytes, sha256: hash.digest('hex') };
}
