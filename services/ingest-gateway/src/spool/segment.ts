import { type FileHandle, open } from 'node:fs/promises';
import type { OutputRecord } from '@fineprint/stream-runtime';
import type { SegmentCodec } from './segment-codec.ts';

/** Read at a time. */
const CHUNK_BYTES = 4 << 20;

/** Records of a segment from a place on. */
export interface SegmentRead {
  readonly records: readonly OutputRecord[];
  /** The place after the last of them. */
  readonly end: number;
  /** Why reading stopped there, if not for the limits. */
  readonly stopped: 'end' | 'cut' | 'damaged' | null;
}

/** Reads whole blocks from `start` to `limit`, up to about `CHUNK_BYTES` and `maxRecords` at once. */
export async function readSegment(
  { path, codec }: { readonly path: string; readonly codec: SegmentCodec },
  range: { readonly start: number; readonly limit: number },
  maxRecords: number,
): Promise<SegmentRead> {
  const { limit } = range;
  const start = Math.max(range.start, codec.headerBytes);
  const file = await open(path, 'r');
  try {
    let bytes = await readAt(file, start, Math.max(0, Math.min(CHUNK_BYTES, limit - start)));
    if (bytes.length === 0) return { records: [], end: start, stopped: 'end' };
    const first = codec.decode(bytes, 0, start);
    // One block larger than a chunk.
    if (first.type === 'cut') bytes = await readAt(file, start, Math.min(first.sizeBytes, limit - start));
    return blocksOf(codec, { bytes, start, isLast: start + bytes.length >= limit }, maxRecords);
  } finally {
    await file.close();
  }
}

interface Chunk {
  readonly bytes: Buffer;
  readonly start: number;
  readonly isLast: boolean;
}

function blocksOf(codec: SegmentCodec, { bytes, start, isLast }: Chunk, maxRecords: number): SegmentRead {
  const records: OutputRecord[] = [];
  let at = 0;
  while (records.length < maxRecords) {
    if (at === bytes.length) return { records, end: start + at, stopped: isLast ? 'end' : null };
    const block = codec.decode(bytes, at, start);
    if (block.type === 'records') {
      // Taken whole or not: places are the beginnings of blocks.
      if (records.length > 0 && records.length + block.records.length > maxRecords) break;
      records.push(...block.records);
      at += block.sizeBytes;
      continue;
    }
    // In the middle of a segment a chunk ends where it ends; the next read begins with the cut block.
    const goesOn = block.type === 'cut' && !isLast && records.length > 0;
    return { records, end: start + at, stopped: goesOn ? null : block.type };
  }
  return { records, end: start + at, stopped: null };
}

/** Where the whole blocks of a segment end; damage ends them too. A header alone is nothing. */
export async function wholeBytes(
  segment: { readonly path: string; readonly codec: SegmentCodec },
  sizeBytes: number,
): Promise<number> {
  let end = 0;
  for (;;) {
    const read = await readSegment(segment, { start: end, limit: sizeBytes }, Number.POSITIVE_INFINITY);
    end = read.end;
    if (read.stopped !== null) return end <= segment.codec.headerBytes ? 0 : end;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
