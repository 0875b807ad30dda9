import { isAlnum, isDigit } from './char-kinds.ts';

/** One run of digits inside a span. */
export interface DigitGroup {
  readonly start: number;
  readonly end: number;
}

/** Digits written together: groups with short separators between them. */
export interface DigitSpan {
  readonly groups: readonly DigitGroup[];
  /** A + stands before the first group. */
  readonly plus: boolean;
}

/** At most this many separator characters in a row belong to one number: `) - `. */
const MAX_SEPARATORS = 3;
const SEPARATORS = new Set(' -./()\u2011'.split('').map((char) => char.charCodeAt(0)));
const MIN_DIGITS = 5;

/** Index of the next digit if only separators, at most three, stand between; else -1. */
function nextDigit(text: string, from: number): number {
  for (let i = from; i <= from + MAX_SEPARATORS; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) return i;
    if (!SEPARATORS.has(code)) return -1;
  }
  return -1;
}

/** All spans with at least five digits. Linear: every character is looked at a bounded number of times. */
export function digitSpans(text: string): DigitSpan[] {
  const spans: DigitSpan[] = [];
  let i = 0;
  while (i < text.length) {
    if (!isDigit(text.charCodeAt(i))) {
      i++;
      continue;
    }
    const groups: DigitGroup[] = [];
    const first = i;
    let digits = 0;
    for (;;) {
      const start = i;
      while (isDigit(text.charCodeAt(i))) i++;
      groups.push({ start, end: i });
      digits += i - start;
      const next = nextDigit(text, i);
      if (next < 0) break;
      i = next;
    }
    if (digits >= MIN_DIGITS) spans.push({ groups, plus: hasPlus(text, first) });
  }
  return spans;
}

/** `+49`, `+ 49`, `(+49` — but not `ctrl+49` or `a+49`. */
function hasPlus(text: string, first: number): boolean {
  let i = first - 1;
  if (text.charAt(i) === ' ' || text.charAt(i) === '(') i--;
  if (text.charAt(i) !== '+') return false;
  return !isAlnum(text.charCodeAt(i - 1));
}

/** Whether a letter, underscore or dash glues the group to a longer token on its left. */
export function gluedLeft(text: string, start: number): boolean {
  const code = text.charCodeAt(start - 1);
  if (isAlnum(code) || code === 95) return true;
  if (code === 45 || code === 46)
    return isAlnum(text.charCodeAt(start - 2)) || text.charCodeAt(start - 2) === 95;
  return false;
}

export function gluedRight(text: string, end: number): boolean {
  const code = text.charCodeAt(end);
  if (isAlnum(code) || code === 95) return !isExtension(text, end);
  if (code === 45) return isAlnum(text.charCodeAt(end + 1));
  if (code === 46 || code === 44) return isDigit(text.charCodeAt(end + 1));
  return code === 37;
}

/** `x12`, `ext12` right after a phone number. */
function isExtension(text: string, end: number): boolean {
  return /^(?:x|ext)\.? ?\d/i.test(text.slice(end, end + 6));
}
