import { createHash } from 'node:crypto';

/**
 * Avro object container files out of raw datums, without decoding them. A record's encoding is its fields' encodings one
 * after another, so putting `_partition`, `_offset`, `_source_offset` and `received_at` in front of a datum gives a datum
 * of the schema with those fields in front.
 *
 * Source: Apache Avro 1.12 specification, "Object Container Files".
 */
export interface ContainerRow {
  readonly partition: number;
  readonly offset: number;
  /** -1 where the row was not made from another record. */
  readonly sourceOffset: number;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly datum: Buffer;
}

interface RecordSchema {
  readonly name: string;
  readonly namespace?: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

const PLACE_FIELDS = [
  { name: '_partition', type: 'int' },
  { name: '_offset', type: 'long' },
  { name: '_source_offset', type: 'long' },
  { name: 'received_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
] as const;

/** How ClickHouse is to read a container: a field that an older version lacks is the column's default. */
export const AVRO_SETTINGS = {
  input_format_avro_allow_missing_fields: 1,
  input_format_null_as_default: 1,
} as const;

const MAX_VARINT_BYTES = 10;
const MAX_PLACE_BYTES = PLACE_FIELDS.length * MAX_VARINT_BYTES;
const SYNC_BYTES = 16;
const MAGIC = Buffer.from('Obj\u0001', 'latin1');

/** The columns a container of this schema fills, in order. */
export function containerColumns(schema: object): string[] {
  return [...PLACE_FIELDS, ...(schema as RecordSchema).fields].map((f) => f.name);
}

/** What every container of a schema starts with. */
export interface ContainerHeader {
  readonly bytes: Buffer;
  readonly sync: Buffer;
}

export function containerHeader(schema: object): ContainerHeader {
  const { name, namespace, fields } = schema as RecordSchema;
  const json = JSON.stringify({
    type: 'record',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    fields: [...PLACE_FIELDS, ...fields],
  });
  const sync = createHash('sha256').update(json).digest().subarray(0, SYNC_BYTES);
  const metadata = [
    ['avro.schema', json],
    ['avro.codec', 'null'],
  ].flatMap(([key, value]) => [sized(key as string), sized(value as string)]);
  const bytes = Buffer.concat([MAGIC, varint(metadata.length / 2), ...metadata, varint(0), sync]);
  return { bytes, sync };
}

/** One container with one block. Bytes are copied once. */
export function buildContainer(header: ContainerHeader, rows: readonly ContainerRow[]): Buffer {
  const most = rows.reduce((sum, row) => sum + row.datum.length + MAX_PLACE_BYTES, 0);
  const head = header.bytes.length + 2 * MAX_VARINT_BYTES;
  const target = Buffer.allocUnsafe(head + most + SYNC_BYTES);
  // The block's size stands before it and is known after it, so the block is written first, leaving room.
  let at = head;
  for (const row of rows) {
    at = writeVarint(target, at, row.partition);
    at = writeVarint(target, at, row.offset);
    at = writeVarint(target, at, row.sourceOffset);
    at = writeVarint(target, at, row.receivedAtMs);
    at += row.datum.copy(target, at);
  }
  header.sync.copy(target, at);
  const prefix = Buffer.concat([header.bytes, varint(rows.length), varint(at - head)]);
  const start = head - prefix.length;
  prefix.copy(target, start);
  return target.subarray(start, at + SYNC_BYTES);
}

/** Zigzag variable-length integer; exact up to 2^52. */
function writeVarint(target: Buffer, position: number, value: number): number {
  let at = position;
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  while (rest >= 0x80) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(MAX_VARINT_BYTES);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
}
