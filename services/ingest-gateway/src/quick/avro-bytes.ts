/** Avro's encodings, each written at a place of a buffer that has room; all answer where to go on. */

const TWO_31 = 2 ** 31;
/** Up to here a loop beats the call of a copy. */
const SHORT_BYTES = 40;

/** An int or a long, as a varint after zigzag. Exact for integers up to 2^52. */
export function putLong(to: Buffer, at: number, value: number): number {
  let next = at;
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  for (; rest >= TWO_31; rest = Math.floor(rest / 128)) to[next++] = (rest % 128) | 128;
  let bits = rest | 0;
  for (; bits > 127; bits >>>= 7) to[next++] = (bits & 127) | 128;
  to[next++] = bits;
  return next;
}

/** Bytes as they are. */
export function putBytes(to: Buffer, at: number, from: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length > SHORT_BYTES) to.set(from.subarray(start, end), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i] ?? 0;
  return at + length;
}

/** A string of UTF-8 bytes. */
export function putText(to: Buffer, at: number, from: Uint8Array, start: number, end: number): number {
  return putBytes(to, putLong(to, at, end - start), from, start, end);
}

/** An array of strings: one block, then the end. */
export function putTexts(to: Buffer, at: number, texts: readonly string[]): number {
  let next = at;
  if (texts.length > 0) {
    next = putLong(to, next, texts.length);
    for (const text of texts) {
      next = putLong(to, next, Buffer.byteLength(text));
      next += to.write(text, next);
    }
  }
  to[next++] = 0;
  return next;
}
