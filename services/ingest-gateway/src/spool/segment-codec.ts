import {
  AtRestError,
  createFileSeal,
  type FileSeal,
  HEADER_START,
  type Keyring,
  openFileSeal,
} from '@fineprint/at-rest';
import type { OutputRecord } from '@fineprint/stream-runtime';
import { decodeFrame, encodeFrame } from './frame.ts';

/** Records that stand together at a place of a segment. `cut`: they go on beyond the bytes given. */
export type Block =
  | { readonly type: 'records'; readonly records: readonly OutputRecord[]; readonly sizeBytes: number }
  | { readonly type: 'cut'; readonly sizeBytes: number }
  | { readonly type: 'damaged' };

/** How a segment's bytes hold records. */
export interface SegmentCodec {
  /** Before the first block. */
  readonly headerBytes: number;
  /** The bytes to append at `place`, the segment's length so far; at 0 they begin with the header. */
  encode(records: readonly OutputRecord[], place: number): Buffer;
  /** Reads the block at `at` of bytes which begin at `start` of the segment. */
  decode(bytes: Buffer, at: number, start: number): Block;
}

/** Records as frames, one after the other. */
export const plainCodec: SegmentCodec = {
  headerBytes: 0,
  encode: (records) => Buffer.concat(records.map(encodeFrame)),
  decode(bytes, at) {
    const frame = decodeFrame(bytes, at);
    return frame.type === 'record'
      ? { type: 'records', records: [frame.record], sizeBytes: frame.sizeBytes }
      : frame;
  },
};

const LENGTH_BYTES = 4;
/** One cipher operation for many records; few enough that reading some of them reads not many more. */
const MAX_BLOCK_RECORDS = 500;
const MAX_BLOCK_BYTES = 256 << 10;
/** One record may be larger than a block should be; beyond this a length is damage. */
const MAX_BOX_BYTES = 17 << 20;
/** Longer than any header. */
export const LONGEST_HEADER_BYTES = 512;

const purposeOf = (number: number): string => `spool segment ${number}`;

/** For a segment that is begun. */
export const newCodec = (keyring: Keyring | null, number: number): SegmentCodec =>
  keyring === null ? plainCodec : sealedCodec(createFileSeal(keyring, purposeOf(number)));

/** For a segment that is there, by its first bytes. Throws AtRestError: without its key nothing may be said of it, or cut off. */
export function codecOf(keyring: Keyring | null, number: number, first: Buffer): SegmentCodec {
  if (!first.subarray(0, HEADER_START.length).equals(HEADER_START)) return plainCodec;
  if (keyring === null)
    throw new AtRestError(
      'encryption_key_missing',
      'the spool is encrypted: set ENCRYPTION_KEYS to the keys it was written with',
    );
  const seal = openFileSeal(keyring, first, purposeOf(number));
  return seal === null ? plainCodec : sealedCodec(seal); // a header that is cut is read as damage
}

/**
 * Blocks of frames, each sealed for its place: length of the box (4 bytes), box. A segment is written by one process from its
 * beginning on, and never again after a failure, so no place is used twice.
 */
function sealedCodec(seal: FileSeal): SegmentCodec {
  const headerBytes = seal.header.length;
  return {
    headerBytes,
    encode(records, place) {
      const parts: Buffer[] = place === 0 ? [seal.header] : [];
      let at = place === 0 ? headerBytes : place;
      for (const frames of groups(records.map(encodeFrame))) {
        const box = seal.seal(at, false, Buffer.concat(frames));
        const length = Buffer.alloc(LENGTH_BYTES);
        length.writeUInt32LE(box.length);
        parts.push(length, box);
        at += LENGTH_BYTES + box.length;
      }
      return Buffer.concat(parts);
    },
    decode(bytes, at, start) {
      if (bytes.length - at < LENGTH_BYTES) return { type: 'cut', sizeBytes: LENGTH_BYTES };
      const boxBytes = bytes.readUInt32LE(at);
      if (boxBytes > MAX_BOX_BYTES) return { type: 'damaged' };
      const sizeBytes = LENGTH_BYTES + boxBytes;
      if (bytes.length - at < sizeBytes) return { type: 'cut', sizeBytes };
      const frames = seal.open(start + at, false, bytes.subarray(at + LENGTH_BYTES, at + sizeBytes));
      const records = frames === null ? null : recordsOf(frames);
      return records === null ? { type: 'damaged' } : { type: 'records', records, sizeBytes };
    },
  };
}

function* groups(frames: readonly Buffer[]): Generator<readonly Buffer[]> {
  let group: Buffer[] = [];
  let sizeBytes = 0;
  for (const frame of frames) {
    if (
      group.length > 0 &&
      (group.length === MAX_BLOCK_RECORDS || sizeBytes + frame.length > MAX_BLOCK_BYTES)
    ) {
      yield group;
      group = [];
      sizeBytes = 0;
    }
    group.push(frame);
    sizeBytes += frame.length;
  }
  if (group.length > 0) yield group;
}

function recordsOf(frames: Buffer): OutputRecord[] | null {
  const records: OutputRecord[] = [];
  for (let at = 0; at < frames.length; ) {
    const frame = decodeFrame(frames, at);
    if (frame.type !== 'record') return null;
    records.push(frame.record);
    at += frame.sizeBytes;
  }
  return records;
}
