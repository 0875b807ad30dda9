/**
 * Two 32-bit hashes of an event id, made to be summed: a sum does not depend on order, counts a repeat twice, and two of
 * them tell equal counts of different events apart. ClickHouse computes the same over a table's rows:
 * `sum(murmurHash3_32(lower(toString(event_id))))`, `sum(xxHash32(lower(toString(event_id))))`.
 *
 * Sources: MurmurHash3_x86_32 with seed 0 (Appleby, SMHasher); XXH32 with seed 0 (Collet, xxHash specification 0.1.1).
 */
export interface IdHash {
  readonly murmur3: number;
  readonly xxh32: number;
}

/** Characters of a UUID as text. */
export const ID_CHARS = 36;

/** Makes hexadecimal letters lower-case and leaves digits and hyphens as they are, four at a time. */
const LOWER_CASE = 0x20202020;
const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;

const word = (bytes: Buffer, at: number): number => bytes.readInt32LE(at) | LOWER_CASE;
const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/** Hashes the 36 ASCII characters that begin at `at`, as if in lower case. */
export function hashIdAt(bytes: Buffer, at: number): IdHash {
  return { murmur3: murmur3(bytes, at), xxh32: xxh32(bytes, at) };
}

const scratch = Buffer.alloc(ID_CHARS);

/** Hashes an id; null where it has not the length of one. */
export function hashId(id: string): IdHash | null {
  if (id.length !== ID_CHARS) return null;
  scratch.write(id, 'latin1');
  return hashIdAt(scratch, 0);
}

function murmur3(bytes: Buffer, at: number): number {
  let h = 0;
  for (let i = at; i < at + ID_CHARS; i += 4) {
    const k = rotate(Math.imul(word(bytes, i), 0xcc9e2d51), 15);
    h = rotate(h ^ Math.imul(k, 0x1b873593), 13);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= ID_CHARS;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function xxh32(bytes: Buffer, at: number): number {
  const round = (lane: number, i: number) =>
    Math.imul(rotate((lane + Math.imul(word(bytes, i), P2)) | 0, 13), P1);
  let a = (P1 + P2) | 0;
  let b = P2 | 0;
  let c = 0;
  let d = -P1 | 0;
  for (let i = at; i < at + 32; i += 16) {
    a = round(a, i);
    b = round(b, i + 4);
    c = round(c, i + 8);
    d = round(d, i + 12);
  }
  let h = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) + ID_CHARS) | 0;
  h = Math.imul(rotate((h + Math.imul(word(bytes, at + 32), P3)) | 0, 17), P4);
  h = Math.imul(h ^ (h >>> 15), P2);
  h = Math.imul(h ^ (h >>> 13), P3);
  return (h ^ (h >>> 16)) >>> 0;
}
