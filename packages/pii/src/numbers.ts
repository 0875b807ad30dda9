import { isCardGrouping, isCardNumber } from './card.ts';
import { digitsOf } from './char-kinds.ts';
import { isMonthDay } from './checksums.ts';
import { type DigitGroup, type DigitSpan, digitSpans, gluedLeft, gluedRight } from './digit-spans.ts';
import type { FindingList } from './findings.ts';
import { isNationalId } from './national-id/index.ts';
import { isInternational, isNationalShape } from './phone.ts';
import { type Label, labelBefore } from './text-context.ts';
import type { FieldContext, PiiType } from './types.ts';

/** No written number has more groups than this (a French phone or NIR has seven). */
const MAX_GROUPS = 8;
const MAX_DIGITS = 19;

/** A date written with these groups: consumed, so that its digits join no number after it. */
function dateGroups(text: string, groups: readonly DigitGroup[], at: number): number {
  const [a, b, c] = [groups[at], groups[at + 1], groups[at + 2]];
  if (a === undefined || b === undefined || c === undefined) return 0;
  if (a.end - a.start !== 4 && c.end - c.start !== 4) return 0;
  const separator = text.slice(a.end, b.start);
  if (separator !== text.slice(b.end, c.start) || !/^[-./]$/.test(separator)) return 0;
  const values = [a, b, c].map((group) => Number(text.slice(group.start, group.end)));
  const sizes = [a, b, c].map((group) => group.end - group.start).join('');
  const [x = 0, y = 0, z = 0] = values;
  const yearFirst =
    (sizes === '422' || sizes === '411' || sizes === '421' || sizes === '412') &&
    isYear(x) &&
    isMonthDay(y, z);
  const yearLast = /^[12][12]4$/.test(sizes) && isYear(z) && (isMonthDay(x, y) || isMonthDay(y, x));
  if (!yearFirst && !yearLast) return 0;
  return 3;
}

function isYear(year: number): boolean {
  return year >= 1800 && year <= 2199;
}

/** Digits, or digits in one group, that a label such as `SSN` or `phone` makes personal. */
const LABELLED_DIGITS: Readonly<Partial<Record<PiiType, readonly [number, number]>>> = {
  PHONE: [5, 15],
  NATIONAL_ID: [6, 19],
  CREDIT_CARD: [12, 19],
  PASSPORT: [6, 10],
  DRIVER_LICENSE: [6, 16],
  BANK_ACCOUNT: [6, 19],
  BIRTH_DATE: [6, 8],
};

class NumberScan {
  private readonly text: string;
  private readonly context: FieldContext;
  private readonly found: FindingList;
  private label: Label | undefined;
  private labelFor = -1;

  constructor(text: string, context: FieldContext, found: FindingList) {
    this.text = text;
    this.context = context;
    this.found = found;
  }

  /** Looked up at most once per start. */
  private labelAt(start: number): Label {
    if (this.labelFor === start && this.label !== undefined) return this.label;
    this.labelFor = start;
    this.label = labelBefore(this.text, start);
    return this.label;
  }

  span(span: DigitSpan): void {
    const { groups } = span;
    let i = 0;
    while (i < groups.length) {
      const date = dateGroups(this.text, groups, i);
      if (date > 0 && !(i === 0 && span.plus)) {
        this.labelledDate(groups, i, date);
        i += date;
        continue;
      }
      const used = this.longestFrom(span, i);
      i += used > 0 ? used : 1;
    }
  }

  private labelledDate(groups: readonly DigitGroup[], at: number, count: number): void {
    const start = groups[at]?.start ?? 0;
    const end = groups[at + count - 1]?.end ?? 0;
    if (this.labelAt(start).type === 'BIRTH_DATE') this.found.add('BIRTH_DATE', start, end, 0.85);
  }

  /** Tries the windows that begin at group `at`, longest first; returns the groups consumed. */
  private longestFrom(span: DigitSpan, at: number): number {
    const { groups } = span;
    const first = groups[at];
    if (first === undefined) return 0;
    const plus = span.plus && at === 0;
    if (!plus && gluedLeft(this.text, first.start)) return 0;
    for (let size = Math.min(MAX_GROUPS, groups.length - at); size >= 1; size--) {
      const last = groups[at + size - 1];
      if (last === undefined || last.end - first.start > 40 || !isNumberLike(groups, at, size)) continue;
      if (gluedRight(this.text, last.end) && !this.continues(groups, at + size)) continue;
      const start = plus
        ? this.text.lastIndexOf('+', first.start)
        : openParenthesis(this.text, first.start, last.end);
      const type = this.classify(start, last.end, groups.slice(at, at + size), plus);
      if (type === undefined) continue;
      this.found.add(type, start, last.end, plus ? 0.95 : 0.85);
      return size;
    }
    return 0;
  }

  /** A separator to the next group glues only when it is no space. */
  private continues(groups: readonly DigitGroup[], next: number): boolean {
    const group = groups[next];
    return group !== undefined && this.text.charAt(group.start - 1) === ' ';
  }

  private classify(
    start: number,
    end: number,
    groups: readonly DigitGroup[],
    plus: boolean,
  ): PiiType | undefined {
    const written = this.text.slice(start, end);
    const digits = digitsOf(written);
    if (digits.length > MAX_DIGITS || digits.length < 5) return undefined;
    if (isDottedQuad(written)) return undefined;
    if (plus) return digits.length <= 15 && isInternational(digits) ? 'PHONE' : undefined;
    const sizes = groups.map((group) => group.end - group.start);
    const label = this.labelAt(start);
    const bareId = this.context.idLike || label.idLike || this.text.charAt(start - 1) === '#';
    const money = /[$€£¥₹]\s?$/.test(this.text.slice(Math.max(0, start - 2), start));
    if (money) return undefined;
    if (!(bareId && sizes.length === 1) && isCardGrouping(sizes) && isCardNumber(digits))
      return 'CREDIT_CARD';
    if (label.type !== undefined) {
      const range = LABELLED_DIGITS[label.type];
      const least = label.weak ? 7 : range?.[0];
      if (range !== undefined && least !== undefined && digits.length >= least && digits.length <= range[1])
        return label.type;
    }
    if (bareId || this.context.versionLike) return undefined;
    return this.unlabelled(written, digits, sizes);
  }

  private unlabelled(written: string, digits: string, sizes: readonly number[]): PiiType | undefined {
    if (isNationalId(written)) return 'NATIONAL_ID';
    if (sizes.length === 1 || digits.length > 15) return undefined;
    if (digits.startsWith('00') && isInternational(digits.slice(2)) && digits.length >= 11) return 'PHONE';
    return isNationalShape(written) ? 'PHONE' : undefined;
  }
}

/** Enough digits, and not single digits in a row: no number is written so. */
function isNumberLike(groups: readonly DigitGroup[], at: number, size: number): boolean {
  let digits = 0;
  let widest = 0;
  for (let i = at; i < at + size; i++) {
    const group = groups[i];
    if (group === undefined) return false;
    digits += group.end - group.start;
    widest = Math.max(widest, group.end - group.start);
  }
  return digits >= 5 && digits <= MAX_DIGITS && widest > 1;
}

/** Four octets are an address or a version, never a phone number. */
function isDottedQuad(written: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(written);
}

/** `(555) 123 4567` begins at its parenthesis; in `(555 123 4567)` it is the sentence's. */
function openParenthesis(text: string, start: number, end: number): number {
  return text.charAt(start - 1) === '(' && text.slice(start, end).includes(')') ? start - 1 : start;
}

/** Phones, cards and all-digit national ids in running text. */
export function findNumbers(text: string, context: FieldContext, found: FindingList): void {
  const spans = digitSpans(text);
  if (spans.length === 0) return;
  const scan = new NumberScan(text, context, found);
  for (const span of spans) scan.span(span);
}
