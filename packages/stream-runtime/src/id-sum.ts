/**
 * Two 32-bit hashes of an event id, made to be summed: a sum does not depend on order, counts a repeat twice, and two of
 * them tell equal counts of different events apart. ClickHouse computes the same over a table's rows:
 * `sum(murmurHash3_32(lower(toString(event_id))))`, `sum(xxHash32(lower(toString(event_id))))`.
 *
 * Sources: MurmurHash3_x86_32 with seed 0 (Appleby, SMHasher); XXH32 with seed 0 (Collet, xxHash specification 0.1.1).
 */
/** As signed 32-bit integers, which need no memory of their own; `unsigned` makes them what ClickHouse answers. */
export interface IdHash {
  readonly murmur3: number;
  readonly xxh32: number;
}

export const unsigned = (hash: number): number => hash >>> 0;

/** Characters of a UUID as text. */
export const ID_CHARS = 36;

/** Makes hexadecimal letters lower-case and leaves digits and hyphens as they are, four at a time. */
const LOWER_CASE = 0x20202020;
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;

const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Of the bytes looked at last: records of one fetch share theirs, and a view reads words much faster than a Buffer does. */
let view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

/** Hashes the 36 ASCII characters that begin at `at`, as if in lower case. */
export function hashIdAt(bytes: Buffer, at: number): IdHash {
  if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
  const start = bytes.byteOffset + at;
  const w0 = view.getInt32(start, true) | LOWER_CASE;
  const w1 = view.getInt32(start + 4, true) | LOWER_CASE;
  const w2 = view.getInt32(start + 8, true) | LOWER_CASE;
  const w3 = view.getInt32(start + 12, true) | LOWER_CASE;
  const w4 = view.getInt32(start + 16, true) | LOWER_CASE;
  const w5 = view.getInt32(start + 20, true) | LOWER_CASE;
  const w6 = view.getInt32(start + 24, true) | LOWER_CASE;
  const w7 = view.getInt32(start + 28, true) | LOWER_CASE;
  const w8 = view.getInt32(start + 32, true) | LOWER_CASE;

  let m = mix(0, w0);
  m = mix(m, w1);
  m = mix(m, w2);
  m = mix(m, w3);
  m = mix(m, w4);
  m = mix(m, w5);
  m = mix(m, w6);
  m = mix(m, w7);
  m = mix(m, w8);

  const a = lane(lane((P1 + P2) | 0, w0), w4);
  const b = lane(lane(P2 | 0, w1), w5);
  const c = lane(lane(0, w2), w6);
  const d = lane(lane(-P1 | 0, w3), w7);
  return { murmur3: finishMurmur3(m), xxh32: finishXxh32(a, b, c, d, w8) };
}

const scratch = Buffer.alloc(ID_CHARS);

/** Hashes an id; null where it has not the length of one. */
export function hashId(id: string): IdHash | null {
  if (id.length !== ID_CHARS) return null;
  scratch.write(id, 'latin1');
  return hashIdAt(scratch, 0);
}

/** A word of MurmurHash3. */
function mix(h: number, word: number): number {
  const k = rotate(Math.imul(word, 0xcc9e2d51), 15);
  return (Math.imul(rotate(h ^ Math.imul(k, 0x1b873593), 13), 5) + 0xe6546b64) | 0;
}

function finishMurmur3(mixed: number): number {
  let h = mixed ^ ID_CHARS;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A word of one of XXH32's four lanes. */
function lane(acc: number, word: number): number {
  return Math.imul(rotate((acc + Math.imul(word, P2)) | 0, 13), P1);
}

function finishXxh32(a: number, b: number, c: number, d: number, word: number): number {
  let h = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) + ID_CHARS) | 0;
  h = Math.imul(rotate((h + Math.imul(word, P3)) | 0, 17), P4);
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return h ^ (h >>> 16);
}
