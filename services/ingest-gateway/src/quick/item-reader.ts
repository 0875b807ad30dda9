import { type ByteScanner, hashOf, NOT_PLAIN } from './byte-scanner.ts';

/** What a member's value is, as far as its first byte and its escapes tell. */
export const VALUE = { text: 1, escaped: 2, object: 3, null: 4, number: 5, other: 6 } as const;

const KIND = Buffer.from('kind');
const KIND_HASH = hashOf(KIND);
/** An event with more members of its own is left to the careful reader. */
const MAX_MEMBERS = 48;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LOWER_N = 0x6e;
/** The event's own object is the first level. */
const MEMBER_DEPTH = 2;

/** The members of one event, as places in the body's bytes; valid until the next `read`. */
export class ItemReader {
  count = 0;
  /** Which of them is the first called `kind`; -1 for none. */
  kindAt = -1;
  readonly keyStart = new Int32Array(MAX_MEMBERS);
  readonly keyEnd = new Int32Array(MAX_MEMBERS);
  readonly keyHash = new Int32Array(MAX_MEMBERS);
  readonly start = new Int32Array(MAX_MEMBERS);
  readonly end = new Int32Array(MAX_MEMBERS);
  /** One of VALUE each. */
  readonly kind = new Uint8Array(MAX_MEMBERS);
  readonly #scanner: ByteScanner;

  constructor(scanner: ByteScanner) {
    this.#scanner = scanner;
  }

  /** Reads the object at `at`; answers where it ends, or NOT_PLAIN. Keys that are there twice are the caller's to find. */
  read(at: number): number {
    const scanner = this.#scanner;
    const { bytes } = scanner;
    this.count = 0;
    this.kindAt = -1;
    scanner.startItem();
    if (bytes[at] !== OPEN_OBJECT) return NOT_PLAIN;
    let next = scanner.space(at + 1);
    if (bytes[next] === CLOSE_OBJECT) return next + 1;
    for (;;) {
      next = this.#member(next);
      if (next < 0) return NOT_PLAIN;
      next = scanner.space(next);
      const c = bytes[next];
      if (c === CLOSE_OBJECT) return next + 1;
      if (c !== COMMA) return NOT_PLAIN;
      next = scanner.space(next + 1);
    }
  }

  #member(at: number): number {
    const scanner = this.#scanner;
    const i = this.count;
    if (i === MAX_MEMBERS) return NOT_PLAIN;
    const start = scanner.key(at);
    if (start < 0) return NOT_PLAIN;
    this.keyStart[i] = at + 1;
    this.keyEnd[i] = scanner.keyEnd;
    this.keyHash[i] = scanner.keyHash;
    if (this.kindAt < 0 && scanner.keyHash === KIND_HASH && scanner.keyEnd - at - 1 === KIND.length) {
      if (KIND.every((c, k) => scanner.bytes[at + 1 + k] === c)) this.kindAt = i;
    }
    scanner.sawEscape = false;
    const end = scanner.value(start, MEMBER_DEPTH);
    if (end < 0) return NOT_PLAIN;
    this.start[i] = start;
    this.end[i] = end;
    this.kind[i] = kindOf(scanner.bytes[start] ?? 0, scanner.sawEscape);
    this.count = i + 1;
    return end;
  }
}

function kindOf(first: number, sawEscape: boolean): number {
  if (first === QUOTE) return sawEscape ? VALUE.escaped : VALUE.text;
  if (first === OPEN_OBJECT) return VALUE.object;
  if (first === LOWER_N) return VALUE.null;
  return first === 0x2d || (first >= 0x30 && first <= 0x39) ? VALUE.number : VALUE.other;
}
