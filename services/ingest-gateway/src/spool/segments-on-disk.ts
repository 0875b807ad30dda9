import { open, readdir, stat, truncate, unlink } from 'node:fs/promises';
import type { Keyring } from '@fineprint/at-rest';
import { readPosition } from './position.ts';
import { wholeBytes } from './segment.ts';
import { codecOf, LONGEST_HEADER_BYTES, type SegmentCodec } from './segment-codec.ts';

export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly codec: SegmentCodec;
  /** Bytes that are durable and whole. */
  length: number;
}

/** Told of what had to be set aside or cut off. */
export type OnDamage = (what: {
  readonly file: string;
  readonly kind: 'torn' | 'damaged';
  readonly atByte: number;
}) => void;

const NAME = /^(\d{12})\.spool$/;

export const pathOf = (directory: string, number: number) =>
  `${directory}/${String(number).padStart(12, '0')}.spool`;

/** What a spool begins with. */
export interface Found {
  readonly segments: Segment[];
  /** How far the first segment has been released. */
  readonly released: number;
  readonly lastNumber: number;
}

/** The segments as whatever process ended before left them. */
export async function findSegments(
  directory: string,
  keyring: Keyring | null,
  onDamage: OnDamage,
): Promise<Found> {
  const position = await readPosition(directory);
  const numbers = (await readdir(directory)).flatMap((n) => NAME.exec(n)?.[1] ?? []).map(Number);
  const segments: Segment[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const path = pathOf(directory, number);
    if (number < position.segment) {
      await unlink(path); // released; the crash came before it was deleted
      continue;
    }
    const codec = codecOf(keyring, number, await firstBytes(path));
    segments.push({ number, path, codec, length: (await stat(path)).size });
  }
  const last = segments.at(-1);
  if (last !== undefined) {
    // What a crash tore was never acknowledged.
    const end = await wholeBytes(last, last.length);
    if (end < last.length) {
      onDamage({ file: last.path, kind: 'torn', atByte: end });
      await truncate(last.path, end);
      last.length = end;
    }
  }
  const released = segments[0]?.number === position.segment ? position.offset : 0;
  return { segments, released, lastNumber: Math.max(position.segment, last?.number ?? 0) };
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(LONGEST_HEADER_BYTES),
      0,
      LONGEST_HEADER_BYTES,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
