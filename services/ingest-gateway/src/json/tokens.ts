import { MalformedJson } from './malformed-json.ts';

/** Takes what is well-formed JSON and still refused. */
export interface TokenProblems {
  refuse(code: 'forbidden_character' | 'number_out_of_range'): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const SIMPLE_ESCAPES: readonly number[] = [...'"\\/bfnrt'].map((c) => c.charCodeAt(0));
const LITERALS: Readonly<Record<number, string>> = { 116: 'true', 102: 'false', 110: 'null' };

/** Reads one scalar at `at`; answers where the text goes on. Throws MalformedJson. */
export function skipScalar(text: string, at: number, end: number, problems: TokenProblems): number {
  const c = text.charCodeAt(at);
  if (c === QUOTE) return skipString(text, at, end, problems);
  const literal = LITERALS[c];
  if (literal === undefined) return skipNumber(text, at, end, problems);
  if (at + literal.length > end || !text.startsWith(literal, at)) throw new MalformedJson(at);
  return at + literal.length;
}

/** Reads a string whose opening quote is at `at`. */
export function skipString(text: string, at: number, end: number, problems: TokenProblems): number {
  let next = at + 1;
  while (next < end) {
    const c = text.charCodeAt(next);
    if (c === QUOTE) return next + 1;
    if (c < 0x20) throw new MalformedJson(next);
    next = c === BACKSLASH ? skipEscape(text, next, end, problems) : next + 1;
  }
  throw new MalformedJson(end);
}

/** Reads an escape at `at`; a surrogate pair is taken as one. */
function skipEscape(text: string, at: number, end: number, problems: TokenProblems): number {
  const c = at + 1 < end ? text.charCodeAt(at + 1) : 0;
  if (c !== LOWER_U) {
    if (!SIMPLE_ESCAPES.includes(c)) throw new MalformedJson(at + 1);
    return at + 2;
  }
  const unit = hexUnit(text, at + 2, end);
  if (unit === 0) problems.refuse('forbidden_character');
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  const followed =
    at + 7 < end && text.charCodeAt(at + 6) === BACKSLASH && text.charCodeAt(at + 7) === LOWER_U;
  const low = unit <= 0xdbff && followed ? hexUnit(text, at + 8, end) : 0;
  if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
  problems.refuse('forbidden_character');
  return at + 6;
}

function hexUnit(text: string, at: number, end: number): number {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = i < end ? hexDigit(text.charCodeAt(i)) : -1;
    if (digit < 0) throw new MalformedJson(Math.min(i, end));
    unit = unit * 16 + digit;
  }
  return unit;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Digits beyond which a number without exponent may be Infinity. */
const SAFE_LENGTH = 300;

/** -?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)? */
function skipNumber(text: string, start: number, end: number, problems: TokenProblems): number {
  const whole = start < end && text.charCodeAt(start) === 0x2d ? start + 1 : start;
  let at = skipDigits(text, whole, end);
  if (at - whole > 1 && text.charCodeAt(whole) === 0x30) throw new MalformedJson(whole + 1);
  if (at < end && text.charCodeAt(at) === 0x2e) at = skipDigits(text, at + 1, end);
  const hasExponent = at < end && (text.charCodeAt(at) | 0x20) === 0x65;
  if (hasExponent) {
    const sign = at + 1 < end ? text.charCodeAt(at + 1) : 0;
    at = skipDigits(text, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1, end);
  }
  if ((hasExponent || at - start > SAFE_LENGTH) && !Number.isFinite(Number(text.slice(start, at)))) {
    problems.refuse('number_out_of_range');
  }
  return at;
}

/** Where the digits from `at` end; at least one must be there. */
function skipDigits(text: string, at: number, end: number): number {
  let next = at;
  while (next < end) {
    const c = text.charCodeAt(next);
    if (c < 0x30 || c > 0x39) break;
    next++;
  }
  if (next === at) throw new MalformedJson(Math.min(at, end));
  return next;
}
