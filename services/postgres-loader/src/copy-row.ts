/**
 * Rows in the binary format of COPY: Postgres reads it without parsing numbers, dates and escapes, and a value cannot be
 * mistaken for another one.
 *
 * Source: PostgreSQL 18 documentation, "COPY", Binary Format; the types' receive functions.
 */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** No flags, no extension. */
export const COPY_HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

/** Postgres counts from 2000-01-01. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const NEGATIVE = 0x4000;
const NUMERIC_BASE = 10_000;

/** Everything is written here first: one row at a time, and then copied out. */
let scratch = Buffer.allocUnsafe(1 << 16);
let at = 0;

function reserve(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, at + bytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

/** The field's length, and room for that much. */
function sized(bytes: number): void {
  reserve(bytes + 4);
  at = scratch.writeInt32BE(bytes, at);
}

/** Text behind a few bytes that its format begins with. */
function utf8(text: string, prefix: readonly number[]): void {
  // Three bytes a code unit is the most; how many there are is written in front of them afterwards.
  reserve(4 + prefix.length + text.length * 3);
  const start = at + 4 + prefix.length;
  for (const [i, byte] of prefix.entries()) scratch[at + 4 + i] = byte;
  const bytes = scratch.write(text, start, 'utf8');
  scratch.writeInt32BE(bytes + prefix.length, at);
  at = start + bytes;
}

const NO_PREFIX: readonly number[] = [];
/** The version of JSONB's own format. */
const JSONB_PREFIX: readonly number[] = [1];

const HEX = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) {
  const char = digit.toString(16);
  HEX[char.charCodeAt(0)] = digit;
  HEX[char.toUpperCase().charCodeAt(0)] = digit;
}

/** Fields in the order of the table's columns. Only one row is written at a time, from `begin` to `end`. */
export const copyRow = {
  begin(fields: number): void {
    at = 0;
    reserve(2);
    at = scratch.writeInt16BE(fields, at);
  },
  end: (): Buffer => Buffer.from(scratch.subarray(0, at)),
  nothing(): void {
    reserve(4);
    at = scratch.writeInt32BE(-1, at);
  },
  /** Of a UUID's text in either case. */
  uuid(text: string): void {
    sized(16);
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) === 45) continue;
      scratch[at++] = ((HEX[text.charCodeAt(i)] ?? 0) << 4) | (HEX[text.charCodeAt(++i)] ?? 0);
    }
  },
  text: (value: string): void => utf8(value, NO_PREFIX),
  jsonb: (json: string): void => utf8(json, JSONB_PREFIX),
  int2(value: number): void {
    sized(2);
    at = scratch.writeInt16BE(value, at);
  },
  int4(value: number): void {
    sized(4);
    at = scratch.writeInt32BE(value, at);
  },
  /** Exact up to 2^53. */
  int8(value: number): void {
    sized(8);
    at = scratch.writeInt32BE(Math.floor(value / 2 ** 32), at);
    at = scratch.writeUInt32BE(((value % 2 ** 32) + 2 ** 32) % 2 ** 32, at);
  },
  boolean(value: boolean): void {
    sized(1);
    scratch[at++] = value ? 1 : 0;
  },
  /** timestamptz, in microseconds. */
  timestamp: (epochMs: number): void => copyRow.int8((epochMs - EPOCH_MS) * 1_000),
  /** `units` of 10^-scale; scale is 1 to 4. */
  numeric(units: number, scale: number): void {
    const magnitude = Math.abs(units);
    const whole = Math.floor(magnitude / 10 ** scale);
    const fraction = (magnitude % 10 ** scale) * 10 ** (4 - scale);
    sized(14);
    at = scratch.writeInt16BE(3, at); // digits of base 10,000: two before the point, one behind
    at = scratch.writeInt16BE(1, at); // the first one's weight
    at = scratch.writeUInt16BE(units < 0 ? NEGATIVE : 0, at);
    at = scratch.writeInt16BE(scale, at);
    at = scratch.writeInt16BE(Math.floor(whole / NUMERIC_BASE), at);
    at = scratch.writeInt16BE(whole % NUMERIC_BASE, at);
    at = scratch.writeInt16BE(fraction, at);
  },
};
