import type { ScanLimits } from '../json/json-scanner.ts';

/** What a scan answers where something is not plain: the careful reader decides what it is. */
export const NOT_PLAIN = -1;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_P = 0x70;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Deeper values are left to the careful reader: each level is a call. */
const MAX_DEPTH = 64;
/** Keys of all open objects below an event's own that are compared with each other; more are left to the careful reader. */
const MAX_OPEN_KEYS = 512;
const SHORTEST_FORBIDDEN = 'prototype'.length;
const SAFE_NUMBER_CHARS = 300;
const IS_SIMPLE_ESCAPE = new Uint8Array(256);
for (const c of '"\\/bfnrt') IS_SIMPLE_ESCAPE[c.charCodeAt(0)] = 1;
const LITERALS: Readonly<Record<number, Buffer>> = {
  116: Buffer.from('true'),
  102: Buffer.from('false'),
  110: Buffer.from('null'),
};

/**
 * Recognises JSON in a body's bytes, valid UTF-8, and builds nothing. It knows plain JSON only: for anything else, malformed, refused or
 * merely rare (an escape in a key, an exponent, a surrogate pair), it answers NOT_PLAIN. Two keys of an object whose hashes
 * are equal are not plain either, so no key is ever read.
 *
 * Beyond the end bytes read as 0, which is plain nowhere.
 */
export class ByteScanner {
  bytes: Uint8Array = new Uint8Array(0);
  /** Hash of the key read last, and where its closing quote is. */
  keyHash = 0;
  keyEnd = 0;
  /** Set by a string with an escape in it; the caller's to clear. */
  sawEscape = false;
  /** Keys since `startItem`. */
  #keyCount = 0;
  readonly #maxDepth: number;
  readonly #maxKeys: number;
  readonly #hashes = new Int32Array(MAX_OPEN_KEYS);
  #openKeys = 0;

  constructor(limits: ScanLimits) {
    this.#maxDepth = Math.min(limits.maxDepth, MAX_DEPTH);
    this.#maxKeys = limits.maxKeys;
  }

  startItem(): void {
    this.#keyCount = 0;
    this.#openKeys = 0;
  }

  /** The first place from `at` on that is no white space. */
  space(at: number): number {
    const { bytes } = this;
    let next = at;
    for (;;) {
      const c = bytes[next] ?? 0;
      if (c !== SPACE && c !== LINE_FEED && c !== RETURN && c !== TAB) return next;
      next++;
    }
  }

  /** After the value that begins at `at`, a container there being at `depth`. */
  value(at: number, depth: number): number {
    const c = this.bytes[at] ?? 0;
    if (c === QUOTE) return this.string(at);
    if (c === OPEN_OBJECT) return this.#object(at, depth);
    if (c === OPEN_ARRAY) return this.#array(at, depth);
    if (c === MINUS || (c >= ZERO && c <= NINE)) return this.#number(at);
    return this.#literal(at, c);
  }

  /** After the string whose opening quote is at `at`. */
  string(at: number): number {
    const { bytes } = this;
    let next = at + 1;
    for (;;) {
      const c = bytes[next] ?? 0;
      if (c === QUOTE) return next + 1;
      if (c === BACKSLASH) {
        next = this.#escape(next);
        if (next < 0) return NOT_PLAIN;
      } else if (c < SPACE) return NOT_PLAIN;
      else next++;
    }
  }

  /** After the key at `at` and its colon; leaves its hash. Keys that could be forbidden ones are not plain. */
  key(at: number): number {
    const { bytes } = this;
    if (bytes[at] !== QUOTE) return NOT_PLAIN;
    let hash = 0;
    let next = at + 1;
    for (;;) {
      const c = bytes[next] ?? 0;
      if (c === QUOTE) break;
      if (c < SPACE || c === BACKSLASH) return NOT_PLAIN;
      hash = (Math.imul(hash, 31) + c) | 0;
      next++;
    }
    if (next - at > SHORTEST_FORBIDDEN && this.#holdsProto(at + 1, next)) return NOT_PLAIN;
    if (++this.#keyCount > this.#maxKeys) return NOT_PLAIN;
    this.keyHash = hash;
    this.keyEnd = next;
    const colon = this.space(next + 1);
    return bytes[colon] === COLON ? this.space(colon + 1) : NOT_PLAIN;
  }

  /** Every forbidden key has `proto` in it. */
  #holdsProto(start: number, end: number): boolean {
    const { bytes } = this;
    for (let at = start; at + 4 < end; at++) {
      if (
        bytes[at] === LOWER_P &&
        bytes[at + 1] === 0x72 &&
        bytes[at + 2] === 0x6f &&
        bytes[at + 3] === 0x74
      ) {
        return true;
      }
    }
    return false;
  }

  #object(at: number, depth: number): number {
    if (depth > this.#maxDepth) return NOT_PLAIN;
    const { bytes } = this;
    const base = this.#openKeys;
    let next = this.space(at + 1);
    if (bytes[next] === CLOSE_OBJECT) return next + 1;
    for (;;) {
      next = this.key(next);
      if (next < 0 || !this.#isNewKey(base)) return NOT_PLAIN;
      next = this.value(next, depth + 1);
      if (next < 0) return NOT_PLAIN;
      next = this.space(next);
      const c = bytes[next];
      if (c === CLOSE_OBJECT) {
        this.#openKeys = base;
        return next + 1;
      }
      if (c !== COMMA) return NOT_PLAIN;
      next = this.space(next + 1);
    }
  }

  /** Keeps the last key's hash among those of its object, which begin at `base`; false where it is there already. */
  #isNewKey(base: number): boolean {
    const hash = this.keyHash;
    const count = this.#openKeys;
    if (count === MAX_OPEN_KEYS) return false;
    for (let i = base; i < count; i++) if (this.#hashes[i] === hash) return false;
    this.#hashes[count] = hash;
    this.#openKeys = count + 1;
    return true;
  }

  #array(at: number, depth: number): number {
    if (depth > this.#maxDepth) return NOT_PLAIN;
    const { bytes } = this;
    let next = this.space(at + 1);
    if (bytes[next] === CLOSE_ARRAY) return next + 1;
    for (;;) {
      next = this.value(next, depth + 1);
      if (next < 0) return NOT_PLAIN;
      next = this.space(next);
      const c = bytes[next];
      if (c === CLOSE_ARRAY) return next + 1;
      if (c !== COMMA) return NOT_PLAIN;
      next = this.space(next + 1);
    }
  }

  #escape(at: number): number {
    this.sawEscape = true;
    const c = this.bytes[at + 1] ?? 0;
    if (IS_SIMPLE_ESCAPE[c] === 1) return at + 2;
    if (c !== LOWER_U) return NOT_PLAIN;
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const digit = hexDigit(this.bytes[i] ?? 0);
      if (digit < 0) return NOT_PLAIN;
      unit = unit * 16 + digit;
    }
    return unit === 0 || (unit >= 0xd800 && unit <= 0xdfff) ? NOT_PLAIN : at + 6;
  }

  /** -?(0|[1-9]\d*)(\.\d+)? */
  #number(start: number): number {
    const { bytes } = this;
    const whole = bytes[start] === MINUS ? start + 1 : start;
    let at = this.#digits(whole);
    if (at === whole || (at - whole > 1 && bytes[whole] === ZERO)) return NOT_PLAIN;
    if (bytes[at] === DOT) {
      const fraction = at + 1;
      at = this.#digits(fraction);
      if (at === fraction) return NOT_PLAIN;
    }
    const hasExponent = ((bytes[at] ?? 0) | 0x20) === 0x65;
    return hasExponent || at - start > SAFE_NUMBER_CHARS ? NOT_PLAIN : at;
  }

  #digits(at: number): number {
    const { bytes } = this;
    let next = at;
    for (;;) {
      const c = bytes[next] ?? 0;
      if (c < ZERO || c > NINE) return next;
      next++;
    }
  }

  #literal(at: number, first: number): number {
    const literal = LITERALS[first];
    if (literal === undefined) return NOT_PLAIN;
    for (let i = 0; i < literal.length; i++) if (this.bytes[at + i] !== literal[i]) return NOT_PLAIN;
    return at + literal.length;
  }
}

/** The hash that `key` leaves. */
export function hashOf(key: Uint8Array): number {
  let hash = 0;
  for (const c of key) hash = (Math.imul(hash, 31) + c) | 0;
  return hash;
}

/** The value of a hexadecimal digit; -1 where it is none. */
function hexDigit(c: number): number {
  if (c >= ZERO && c <= NINE) return c - ZERO;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
