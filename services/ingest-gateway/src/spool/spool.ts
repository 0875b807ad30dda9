import { type FileHandle, mkdir, open, readdir, rename, stat, truncate, unlink } from 'node:fs/promises';
import type { OutputRecord } from '@fineprint/stream-runtime';
import { isNoSpace, syncDirectory, writeAll } from './durable-files.ts';
import { encodeFrame } from './frame.ts';
import { readPosition, writePosition } from './position.ts';
import { readSegment, wholeBytes } from './segment.ts';
import { lockSpool } from './spool-lock.ts';

/** The spool takes no more: it is at its bound, or the disk is. */
export class SpoolFull extends Error {
  readonly code: 'spool_full' | 'disk_full';
  constructor(code: 'spool_full' | 'disk_full', options?: { cause: unknown }) {
    super(
      code === 'spool_full' ? 'the spool is at SPOOL_MAX_BYTES' : 'the disk of the spool is full',
      options,
    );
    this.name = 'SpoolFull';
    this.code = code;
  }
}

/** The oldest records, and what to call when they are elsewhere. */
export interface SpoolBatch {
  readonly records: readonly OutputRecord[];
  release(): Promise<void>;
}

/** Records on disk, first in, first out. One caller appends and one reads at a time; both may at once. */
export interface Spool {
  /** Resolves once they are on disk (fdatasync). Rejects with SpoolFull, or the system's error; then none is kept. */
  append(records: readonly OutputRecord[]): Promise<void>;
  /** The oldest, up to `maxRecords`; null when there are none. */
  read(maxRecords: number): Promise<SpoolBatch | null>;
  backlogBytes(): number;
  /** The last append was refused, and what is here has not been taken yet. */
  isFull(): boolean;
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  /** Told of what had to be set aside or cut off. */
  readonly onDamage: (what: {
    readonly file: string;
    readonly kind: 'torn' | 'damaged';
    readonly atByte: number;
  }) => void;
}

interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes that are durable and whole. */
  length: number;
}

const SEGMENT_BYTES = 64 << 20;
const NAME = /^(\d{12})\.spool$/;

/** Opens the spool, as whatever process ended before left it. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { release: unlock } = lockSpool(directory);
  try {
    const found = await findSegments(options);
    return createSpool(options, found, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

interface Found {
  readonly segments: Segment[];
  /** How far the first segment has been released. */
  readonly released: number;
  readonly lastNumber: number;
}

async function findSegments({ directory, onDamage }: SpoolOptions): Promise<Found> {
  const position = await readPosition(directory);
  const numbers = (await readdir(directory)).flatMap((n) => NAME.exec(n)?.[1] ?? []).map(Number);
  const segments: Segment[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const path = pathOf(directory, number);
    if (number < position.segment) {
      await unlink(path); // released; the crash came before it was deleted
      continue;
    }
    segments.push({ number, path, length: (await stat(path)).size });
  }
  const last = segments.at(-1);
  if (last !== undefined) {
    // What a crash tore was never acknowledged.
    const end = await wholeBytes(last.path, last.length);
    if (end < last.length) {
      onDamage({ file: last.path, kind: 'torn', atByte: end });
      await truncate(last.path, end);
      last.length = end;
    }
  }
  const released = segments[0]?.number === position.segment ? position.offset : 0;
  return { segments, released, lastNumber: Math.max(position.segment, last?.number ?? 0) };
}

function createSpool(options: SpoolOptions, found: Found, unlock: () => void): Spool {
  const { directory, maxBytes, onDamage } = options;
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  const { segments } = found;
  let { released, lastNumber } = found;
  let writing: { readonly segment: Segment; readonly file: FileHandle } | null = null;
  /** Set by a refusal, cleared by the next append: not every write is refused at the same fill. */
  let hasRefused = false;

  const backlogBytes = () => segments.reduce((sum, s) => sum + s.length, 0) - released;

  const nextSegment = async () => {
    await writing?.file.close();
    writing = null;
    const number = ++lastNumber;
    const path = pathOf(directory, number);
    const file = await open(path, 'wx', 0o600);
    await syncDirectory(directory);
    const segment = { number, path, length: 0 };
    segments.push(segment);
    writing = { segment, file };
    return writing;
  };

  /** After a failure nothing is known of the file's end: it is cut where it was whole, and not written again. */
  const abandon = async () => {
    if (writing === null) return;
    const { segment, file } = writing;
    writing = null;
    await file.truncate(segment.length).catch(() => undefined); // what then stays is read as a repeat, never lost
    await file.close();
  };

  /** Takes a segment out of the list, then off the disk in this way. */
  const remove = async (segment: Segment, fromDisk: () => Promise<void>) => {
    segments.splice(segments.indexOf(segment), 1);
    released = 0;
    if (writing?.segment === segment) {
      await writing.file.close();
      writing = null;
    }
    await writePosition(directory, { segment: segment.number + 1, offset: 0 });
    await fromDisk();
  };
  const drop = (segment: Segment) => remove(segment, () => unlink(segment.path));
  /** A segment whose middle is damaged: kept for a person to look at, out of the way of the others. */
  const setAside = (segment: Segment) =>
    remove(segment, () => rename(segment.path, `${segment.path}.damaged`));

  return {
    async append(records) {
      const bytes = Buffer.concat(records.map(encodeFrame));
      if (backlogBytes() + bytes.length > maxBytes) {
        hasRefused = true;
        throw new SpoolFull('spool_full');
      }
      try {
        const isRoomy = writing !== null && writing.segment.length < segmentBytes;
        const { segment, file } = isRoomy && writing !== null ? writing : await nextSegment();
        await writeAll(file, bytes, segment.length);
        await file.datasync();
        segment.length += bytes.length;
        hasRefused = false;
      } catch (error) {
        await abandon();
        hasRefused = true;
        throw isNoSpace(error) ? new SpoolFull('disk_full', { cause: error }) : error;
      }
    },

    async read(maxRecords) {
      for (let segment = segments[0]; segment !== undefined; segment = segments[0]) {
        const isCurrent = writing?.segment === segment;
        if (released >= segment.length) {
          // An append may be writing to the current one right now.
          if (isCurrent) return null;
          await drop(segment);
          continue;
        }
        // No further than what is acknowledged: behind it an append may be under way.
        const range = { start: released, limit: segment.length };
        const { records, end } = await readSegment(segment.path, range, maxRecords);
        if (records.length === 0) {
          onDamage({ file: segment.path, kind: 'damaged', atByte: end });
          await setAside(segment);
          continue;
        }
        return {
          records,
          async release() {
            released = end;
            await writePosition(directory, { segment: segment.number, offset: end });
          },
        };
      }
      return null;
    },
    backlogBytes,
    isFull: () => hasRefused && backlogBytes() > 0,
    async close() {
      await writing?.file.close();
      writing = null;
      unlock();
    },
  };
}

const pathOf = (directory: string, number: number) =>
  `${directory}/${String(number).padStart(12, '0')}.spool`;
