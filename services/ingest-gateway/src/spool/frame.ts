import { crc32 } from 'node:zlib';
import type { OutputRecord } from '@fineprint/stream-runtime';

/** A frame is: payload length (4 bytes), CRC-32 of the payload (4), payload. Little endian. */
export const FRAME_HEADER_BYTES = 8;
/** Larger than any record that a topic takes; beyond it a length is damage. */
const MAX_PAYLOAD_BYTES = 16 << 20;

const EMPTY = Buffer.alloc(0);

/** What is not bytes already. */
interface Meta {
  readonly topic: OutputRecord['topic'];
  /** The key's length; null for none. */
  readonly key: number | null;
  /** There where the record has no value. */
  readonly empty?: true;
  readonly time?: number;
  /** Name → base64. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record's payload: length of the meta (4 bytes), meta as JSON, key, value. */
export function encodeFrame(record: OutputRecord): Buffer {
  const headers = Object.entries(record.headers ?? {});
  const meta: Meta = {
    topic: record.topic,
    key: record.key?.length ?? null,
    ...(record.value === null ? { empty: true } : {}),
    ...(record.timestampMs === undefined ? {} : { time: record.timestampMs }),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(([k, v]) => [k, Buffer.from(v).toString('base64')])) }),
  };
  const text = Buffer.from(JSON.stringify(meta));
  const metaBytes = Buffer.alloc(4);
  metaBytes.writeUInt32LE(text.length);
  const payload = Buffer.concat([metaBytes, text, record.key ?? EMPTY, record.value ?? EMPTY]);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(payload.length);
  header.writeUInt32LE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

/** What stands at a place of a segment. `cut`: it goes on beyond the bytes given. */
export type Frame =
  | { readonly type: 'record'; readonly record: OutputRecord; readonly sizeBytes: number }
  | { readonly type: 'cut'; readonly sizeBytes: number }
  | { readonly type: 'damaged' };

/** Reads the frame at `at`. The record's bytes are views into `bytes`. */
export function decodeFrame(bytes: Buffer, at: number): Frame {
  if (bytes.length - at < FRAME_HEADER_BYTES) return { type: 'cut', sizeBytes: FRAME_HEADER_BYTES };
  const payloadBytes = bytes.readUInt32LE(at);
  if (payloadBytes < 4 || payloadBytes > MAX_PAYLOAD_BYTES) return { type: 'damaged' };
  const sizeBytes = FRAME_HEADER_BYTES + payloadBytes;
  if (bytes.length - at < sizeBytes) return { type: 'cut', sizeBytes };
  const payload = bytes.subarray(at + FRAME_HEADER_BYTES, at + sizeBytes);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return { type: 'damaged' };
  return { type: 'record', record: readPayload(payload), sizeBytes };
}

function readPayload(payload: Buffer): OutputRecord {
  const metaEnd = 4 + payload.readUInt32LE(0);
  const meta = JSON.parse(payload.subarray(4, metaEnd).toString()) as Meta;
  const keyEnd = metaEnd + (meta.key ?? 0);
  const headers = Object.entries(meta.headers ?? {});
  return {
    topic: meta.topic,
    key: meta.key === null ? null : payload.subarray(metaEnd, keyEnd),
    value: meta.empty === true ? null : payload.subarray(keyEnd),
    ...(meta.time === undefined ? {} : { timestampMs: meta.time }),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(([k, v]) => [k, Buffer.from(v, 'base64')])) }),
  };
}
