import { type GivenTime, readTime } from '@fineprint/http-kit';

const ISO_CHARS = '2026-01-31T12:34:56.789Z'.length;
const MAX_TIME_BYTES = 64;

/** A time in a body's bytes, as text in its quotes or as a number; null where it is not plain. */
export function readPlainTime(bytes: Buffer, start: number, end: number, isText: boolean): GivenTime | null {
  if (!isText) return readTime(Number(bytes.toString('latin1', start, end)));
  const from = start + 1;
  const length = end - 1 - from;
  if (length === ISO_CHARS) {
    const ms = isoMs(bytes, from);
    if (ms !== null) return { ms, converted: false };
  }
  if (length > MAX_TIME_BYTES) return null;
  for (let at = from; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return null;
  return readTime(bytes.toString('latin1', from, end - 1));
}

/** What Date.toISOString writes; null for anything else, and for what only some months have. */
function isoMs(bytes: Uint8Array, at: number): number | null {
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d || bytes[at + 10] !== 0x54) return null;
  if (
    bytes[at + 13] !== 0x3a ||
    bytes[at + 16] !== 0x3a ||
    bytes[at + 19] !== 0x2e ||
    bytes[at + 23] !== 0x5a
  )
    return null;
  const year = digits(bytes, at, 4);
  const month = digits(bytes, at + 5, 2);
  const day = digits(bytes, at + 8, 2);
  const hour = digits(bytes, at + 11, 2);
  const minute = digits(bytes, at + 14, 2);
  const second = digits(bytes, at + 17, 2);
  const fraction = digits(bytes, at + 20, 3);
  const isPlain = year >= 1_000 && month >= 1 && month <= 12 && day >= 1 && day <= 28 && hour >= 0;
  if (!isPlain || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || fraction < 0)
    return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, fraction);
}

/** A number of `count` digits; far below zero where one of them is none. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const digit = (bytes[at + i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
