import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises';
import type { Keyring } from '@fineprint/at-rest';
import type { OutputRecord } from '@fineprint/stream-runtime';
import { isNoSpace, syncData, syncDirectory, writeAll } from './durable-files.ts';
import { type Position, writePosition } from './position.ts';
import { readSegment } from './segment.ts';
import { newCodec, type SegmentCodec } from './segment-codec.ts';
import { type Found, findSegments, type OnDamage, pathOf, type Segment } from './segments-on-disk.ts';
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
  /** The oldest, up to `maxRecords`, or one block where that holds more; null when there are none. */
  read(maxRecords: number): Promise<SpoolBatch | null>;
  backlogBytes(): number;
  /** The last append was refused, and what is here has not been taken yet, or that was just now. */
  isFull(): boolean;
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly segmentBytes?: number;
  /** Null: segments are written in the clear. Those that are there are read as they were written. */
  readonly keyring: Keyring | null;
  /** Told of what had to be set aside or cut off. */
  readonly onDamage: OnDamage;
}

const SEGMENT_BYTES = 64 << 20;
/** With nothing in it, whether there is room again is found out by the next append alone: none comes to what is not ready. */
const RECENTLY_MS = 10_000;

/** Opens the spool, as whatever process ended before left it. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { release: unlock } = lockSpool(directory);
  try {
    const found = await findSegments(directory, options.keyring, options.onDamage);
    return createSpool(options, found, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function createSpool(options: SpoolOptions, found: Found, unlock: () => void): Spool {
  const { directory, maxBytes, keyring, onDamage } = options;
  const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  const { segments } = found;
  let { released, lastNumber } = found;
  let writing: { readonly segment: Segment; readonly file: FileHandle } | null = null;
  /** Set by a refusal, cleared by the next append: not every write is refused at the same fill. */
  let hasRefused = false;
  let refusedAtMs = 0;

  const backlogBytes = () => segments.reduce((sum, s) => sum + s.length, 0) - released;

  const nextSegment = async (codec: SegmentCodec) => {
    await writing?.file.close();
    writing = null;
    const number = ++lastNumber;
    const path = pathOf(directory, number);
    const file = await open(path, 'wx', 0o600);
    try {
      await syncDirectory(directory);
    } catch (error) {
      await discard(file, path);
      throw error;
    }
    const segment = { number, path, codec, length: 0 };
    segments.push(segment);
    writing = { segment, file };
    return writing;
  };

  /** After a failure nothing is known of the file's end: it is cut where it was whole, and not written again. */
  const abandon = async () => {
    if (writing === null) return;
    const { segment, file } = writing;
    writing = null;
    if (segment.length === 0) {
      // Before anything is awaited: whoever reads must not meet it. Kept, each refused try would leave a file.
      segments.splice(segments.indexOf(segment), 1);
      await discard(file, segment.path);
      return;
    }
    await file.truncate(segment.length).catch(() => undefined); // what then stays is read as a repeat, never lost
    await file.close().catch(() => undefined); // what failed before is what is told
  };

  /** Without room for it the place is known in memory alone: a crash would repeat records, which have their ids. */
  const savePosition = async (position: Position) => {
    try {
      await writePosition(directory, position);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
    }
  };

  /** Takes a segment out of the list, then off the disk in this way: first, for on a full disk only this makes room. */
  const remove = async (segment: Segment, fromDisk: () => Promise<void>) => {
    segments.splice(segments.indexOf(segment), 1);
    released = 0;
    if (writing?.segment === segment) {
      await writing.file.close();
      writing = null;
    }
    await fromDisk();
    await savePosition({ segment: segment.number + 1, offset: 0 });
  };
  const drop = (segment: Segment) => remove(segment, () => unlink(segment.path));
  /** A segment whose middle is damaged: kept for a person to look at, out of the way of the others. */
  const setAside = (segment: Segment) =>
    remove(segment, () => rename(segment.path, `${segment.path}.damaged`));

  return {
    async append(records) {
      const roomy = writing !== null && writing.segment.length < segmentBytes ? writing : null;
      const codec = roomy?.segment.codec ?? newCodec(keyring, lastNumber + 1);
      const bytes = codec.encode(records, roomy?.segment.length ?? 0);
      if (backlogBytes() + bytes.length > maxBytes) {
        refusedAtMs = Date.now();
        hasRefused = true;
        throw new SpoolFull('spool_full');
      }
      try {
        const { segment, file } = roomy ?? (await nextSegment(codec));
        await writeAll(file, bytes, segment.length);
        await syncData(file);
        segment.length += bytes.length;
        hasRefused = false;
      } catch (error) {
        refusedAtMs = Date.now();
        hasRefused = true;
        await abandon();
        throw isNoSpace(error) ? new SpoolFull('disk_full', { cause: error }) : error;
      }
    },

    async read(maxRecords) {
      for (let segment = segments[0]; segment !== undefined; segment = segments[0]) {
        const isCurrent = writing?.segment === segment;
        if (released >= segment.length) {
          // An append may be writing to the current one right now.
          if (isCurrent) break;
          await drop(segment);
          continue;
        }
        // No further than what is acknowledged: behind it an append may be under way.
        const range = { start: released, limit: segment.length };
        const { records, end } = await readSegment(segment, range, maxRecords);
        if (records.length === 0) {
          onDamage({ file: segment.path, kind: 'damaged', atByte: end });
          await setAside(segment);
          continue;
        }
        return {
          records,
          async release() {
            released = end;
            await savePosition({ segment: segment.number, offset: end });
          },
        };
      }
      hasRefused = false; // all of it is elsewhere: whoever takes it is back
      return null;
    },
    backlogBytes,
    isFull: () => hasRefused && (backlogBytes() > 0 || Date.now() - refusedAtMs < RECENTLY_MS),
    async close() {
      await writing?.file.close();
      writing = null;
      unlock();
    },
  };
}

/** Of a file in which nothing stands. Should it stay, it is read as empty and deleted then. */
async function discard(file: FileHandle, path: string): Promise<void> {
  await file.close().catch(() => undefined);
  await unlink(path).catch(() => undefined);
}
