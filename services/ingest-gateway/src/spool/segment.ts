import { type FileHandle, open } from 'node:fs/promises';
import type { OutputRecord } from '@fineprint/stream-runtime';
import { decodeFrame } from './frame.ts';

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

/** Reads whole frames from `start` to `limit`, up to about `CHUNK_BYTES` and `maxRecords` at once. */
export async function readSegment(
  path: string,
  range: { readonly start: number; readonly limit: number },
  maxRecords: number,
): Promise<SegmentRead> {
  const { start, limit } = range;
  const file = await open(path, 'r');
  try {
    let bytes = await readAt(file, start, Math.min(CHUNK_BYTES, limit - start));
    if (bytes.length === 0) return { records: [], end: start, stopped: 'end' };
    const first = decodeFrame(bytes, 0);
    // One frame larger than a chunk.
    if (first.type === 'cut') bytes = await readAt(file, start, Math.min(first.sizeBytes, limit - start));
    return framesOf(bytes, start, maxRecords, start + bytes.length >= limit);
  } finally {
    await file.close();
  }
}

function framesOf(bytes: Buffer, start: number, maxRecords: number, isLastChunk: boolean): SegmentRead {
  const records: OutputRecord[] = [];
  let at = 0;
  while (records.length < maxRecords) {
    if (at === bytes.length) return { records, end: start + at, stopped: isLastChunk ? 'end' : null };
    const frame = decodeFrame(bytes, at);
    if (frame.type === 'record') {
      records.push(frame.record);
      at += frame.sizeBytes;
      continue;
    }
    // In the middle of a segment a chunk ends where it ends; the next read begins with the cut frame.
    const goesOn = frame.type === 'cut' && !isLastChunk && records.length > 0;
    return { records, end: start + at, stopped: goesOn ? null : frame.type };
  }
  return { records, end: start + at, stopped: null };
}

/** Where the whole frames of a segment end; damage ends them too. */
export async function wholeBytes(path: string, sizeBytes: number): Promise<number> {
  let end = 0;
  for (;;) {
    const read = await readSegment(path, { start: end, limit: sizeBytes }, Number.POSITIVE_INFINITY);
    end = read.end;
    if (read.stopped !== null) return end;
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
