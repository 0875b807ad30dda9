import { isCleanText, MAX_DEPTH } from './clean-check.ts';
import type { CompiledPolicy } from './document-pass.ts';
import type { FieldPlace } from './field-context.ts';
import { type NamedPlace, namedPlace } from './name-table.ts';
import { HAS_CONTROL, HAS_NON_ASCII, inspectBytes } from './prefilter.ts';
import { INTERESTING } from './scan.ts';

/**
 * A look at a field's UTF-8 bytes that tells most values clean without making a text, let alone a document, of them. What
 * it is not sure of it leaves to the scrubber: `false` says only that.
 */
export interface FieldLook {
  /** The bytes are a text without personal data and without control characters. */
  isCleanText(bytes: Buffer, start: number, end: number): boolean;
  /** The bytes are one JSON object (RFC 8259), no name twice, without personal data. */
  isCleanObject(bytes: Buffer, start: number, end: number): boolean;
}

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const COLON = 58;
const BRACKET = 91;
const BACKSLASH = 92;
const CLOSING_BRACKET = 93;
const BRACE = 123;
const CLOSING_BRACE = 125;
const REPLACEMENT = '\ufffd';

/** A number of so many digits is exact, and too short for a card's. */
const MAX_DIGITS = 12;
const NOT = -1;

/** Objects are numbered, so that a name that comes twice in one shows. */
let objects = 0;

/** `placeOf` tells the field's place, anew where the names below it are to be learned anew. */
export function lookAt(engine: CompiledPolicy, placeOf: () => FieldPlace): FieldLook {
  if (engine.treatsFields) return NEVER;
  const reader = new ByteReader(engine);
  let root = namedPlace(placeOf());
  const rootNow = (): NamedPlace => {
    if (root.place.budget.isSpent) root = namedPlace(placeOf());
    return root;
  };
  return {
    isCleanText: (bytes, start, end) => reader.isWholeText(bytes, start, end, rootNow()),
    isCleanObject: (bytes, start, end) => reader.isWholeObject(bytes, start, end, rootNow()),
  };
}

const NEVER: FieldLook = { isCleanText: () => false, isCleanObject: () => false };

/** Reads one value after another; each method answers where what it read ends, or NOT where it is not sure. */
class ByteReader {
  readonly #engine: CompiledPolicy;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(engine: CompiledPolicy) {
    this.#engine = engine;
  }

  isWholeObject(bytes: Buffer, start: number, end: number, at: NamedPlace): boolean {
    this.#bytes = bytes;
    this.#end = end;
    const first = this.#skipSpace(start);
    if (this.#byte(first) !== BRACE) return false;
    const after = this.#object(first, at, 1);
    return after !== NOT && this.#skipSpace(after) === end;
  }

  isWholeText(bytes: Buffer, start: number, end: number, at: NamedPlace): boolean {
    if (bytes[start] === BRACE && end > start) return this.isWholeObject(bytes, start, end, at);
    this.#bytes = bytes;
    const bits = inspectBytes(bytes, start, end);
    if (bits & HAS_CONTROL || (bits & HAS_NON_ASCII && holdsControl(bytes, start, end))) return false;
    return this.#isClean(start, end, bits, at, 0);
  }

  /** What stands there; nothing behind the end. */
  #byte(at: number): number {
    return at < this.#end ? (this.#bytes[at] as number) : NOT;
  }

  #skipSpace(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (at < this.#end) {
      const code = bytes[at];
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
      at++;
    }
    return at;
  }

  #object(start: number, at: NamedPlace, depth: number): number {
    if (depth >= MAX_DEPTH) return NOT;
    const object = ++objects;
    let next = this.#skipSpace(start + 1);
    if (this.#byte(next) === CLOSING_BRACE) return next + 1;
    for (;;) {
      next = this.#member(next, at, object, depth);
      if (next === NOT) return NOT;
      const code = this.#byte(next);
      if (code === CLOSING_BRACE) return next + 1;
      if (code !== COMMA) return NOT;
      next = this.#skipSpace(next + 1);
    }
  }

  /** A name and its value, and the space behind them. */
  #member(start: number, at: NamedPlace, object: number, depth: number): number {
    if (this.#byte(start) !== QUOTE) return NOT;
    const close = this.#plainEnd(start + 1);
    if (close === NOT) return NOT;
    const named = at.below.find(this.#bytes, start + 1, close);
    if (named === null || named.seenIn === object) return NOT;
    named.seenIn = object;
    const colon = this.#skipSpace(close + 1);
    if (this.#byte(colon) !== COLON) return NOT;
    const after = this.#value(this.#skipSpace(colon + 1), named, depth + 1);
    return after === NOT ? NOT : this.#skipSpace(after);
  }

  #array(start: number, at: NamedPlace, depth: number): number {
    if (depth >= MAX_DEPTH) return NOT;
    let next = this.#skipSpace(start + 1);
    if (this.#byte(next) === CLOSING_BRACKET) return next + 1;
    for (;;) {
      next = this.#value(next, at, depth + 1);
      if (next === NOT) return NOT;
      next = this.#skipSpace(next);
      const code = this.#byte(next);
      if (code === CLOSING_BRACKET) return next + 1;
      if (code !== COMMA) return NOT;
      next = this.#skipSpace(next + 1);
    }
  }

  #value(start: number, at: NamedPlace, depth: number): number {
    const code = this.#byte(start);
    if (code === QUOTE) return this.#text(start, at, depth);
    if (code === BRACE) return this.#object(start, at, depth);
    if (code === BRACKET) return this.#array(start, at, depth);
    if (code === MINUS || isDigit(code)) return at.place.hint === undefined ? this.#number(start) : NOT;
    return this.#literal(start, code);
  }

  #text(start: number, at: NamedPlace, depth: number): number {
    const close = this.#plainEnd(start + 1);
    if (close === NOT) return this.#careful(start, at, depth);
    const bits = inspectBytes(this.#bytes, start + 1, close);
    return this.#isClean(start + 1, close, bits, at, depth) ? close + 1 : NOT;
  }

  /** Where a JSON text without escapes and beyond ASCII nothing ends: its closing quote. */
  #plainEnd(start: number): number {
    const bytes = this.#bytes;
    for (let i = start; i < this.#end; i++) {
      const code = bytes[i] as number;
      if (code === QUOTE) return i;
      if (code < 32 || code === BACKSLASH || code > 127) return NOT;
    }
    return NOT;
  }

  /** A JSON text with escapes or beyond ASCII. */
  #careful(start: number, at: NamedPlace, depth: number): number {
    const bytes = this.#bytes;
    let i = start + 1;
    while (i < this.#end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
    if (i >= this.#end) return NOT;
    const source = bytes.toString('utf8', start, i + 1);
    // Bytes that are no UTF-8 read as this; whether they are is for who decodes them.
    if (source.includes(REPLACEMENT)) return NOT;
    try {
      const text = JSON.parse(source) as string;
      return isCleanText(this.#engine, text, at.place, depth) ? i + 1 : NOT;
    } catch {
      return NOT; // no JSON text: for who reads the whole
    }
  }

  /** A text as it stands, from `start` to `end`, of which `inspectBytes` said `bits`. */
  #isClean(start: number, end: number, bits: number, at: NamedPlace, depth: number): boolean {
    const bytes = this.#bytes;
    const first = bytes[start] as number;
    const isDocument =
      end > start && (first <= 32 || first === BRACE || first === BRACKET || first === QUOTE);
    if (at.isPlain && !isDocument && (bits & INTERESTING) === 0) return true;
    if (!isDocument && at.clean.has(bytes, start, end)) return true;
    const text = bytes.toString('utf8', start, end);
    if (text.includes(REPLACEMENT) || !isCleanText(this.#engine, text, at.place, depth)) return false;
    if (!isDocument) at.clean.add(bytes, start, end);
    return true;
  }

  #number(start: number): number {
    const bytes = this.#bytes;
    let at = bytes[start] === MINUS ? start + 1 : start;
    const whole = at;
    while (at < this.#end && isDigit(bytes[at] as number)) at++;
    if (at === whole || (bytes[whole] === 48 && at - whole > 1)) return NOT;
    let digits = at - whole;
    if (bytes[at] === POINT && at < this.#end) {
      const fraction = ++at;
      while (at < this.#end && isDigit(bytes[at] as number)) at++;
      if (at === fraction) return NOT;
      digits += at - fraction;
    }
    // An exponent is rare: what stands behind the number is then neither a comma nor an end.
    return digits <= MAX_DIGITS ? at : NOT;
  }

  #literal(start: number, code: number): number {
    if (code === 116) return this.#is(start, TRUE);
    if (code === 102) return this.#is(start, FALSE);
    return code === 110 ? this.#is(start, NULL) : NOT;
  }

  #is(start: number, word: Uint8Array): number {
    if (start + word.length > this.#end) return NOT;
    for (let i = 0; i < word.length; i++) if (this.#bytes[start + i] !== word[i]) return NOT;
    return start + word.length;
  }
}

const [TRUE, FALSE, NULL] = [Buffer.from('true'), Buffer.from('false'), Buffer.from('null')];

function holdsControl(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = bytes[i] as number;
    if (code < 32 || code === 127) return true;
  }
  return false;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
