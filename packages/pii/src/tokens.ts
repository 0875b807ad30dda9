import { isAlnum, isDigit } from './char-kinds.ts';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';
import { isNationalId } from './national-id/index.ts';
import { labelBefore } from './text-context.ts';
import type { FieldContext, PiiType } from './types.ts';

/** Identifiers of letters and digits: a candidate has 7 … 26 characters, both kinds, at least four digits. */
const MIN = 6;
const MAX = 26;

/** Forms with separators inside, each of bounded length. */
const SEPARATED =
  /(?<![0-9A-Za-z_-])(?:[A-Za-z]{2} \d{2} \d{2} \d{2} [A-Da-d]|[A-Za-z]{2}-\d{2}-\d{2}-\d{2}-[A-Da-d]|\d{6}[-+]\d{3}[0-9A-Za-z]|[A-Za-z]{1,2}\d{6} ?\([0-9Aa]\)|\d{2}\.\d{3}\.\d{3}-?[A-Za-z]|\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}[- ][A-Za-z]|[XYZxyz]-?\d{7}-?[A-Za-z]|\d{2} \d{6} [A-Za-z] \d{3}|[1-478] \d{2} \d{2} 2[ABab] \d{3} \d{3} \d{2}|\d[A-Za-z][0-9A-Za-z]\d-[A-Za-z][0-9A-Za-z]\d-[A-Za-z]{2}\d{2})(?![0-9A-Za-z_]|-[0-9A-Za-z])/g;

/** UK driver numbers carry name, birth date and check letters in 16 characters. */
const UK_DRIVER = /^[A-Z9]{5}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}\d[A-Z]{2}$/;

const LABELLED: ReadonlySet<PiiType> = new Set<PiiType>([
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVER_LICENSE',
  'BANK_ACCOUNT',
]);

function separatorGlues(text: string, index: number, step: number): boolean {
  const code = text.charCodeAt(index);
  return (code === 45 || code === 95 || code === 46 || code === 47) && isAlnum(text.charCodeAt(index + step));
}

function classifyToken(
  text: string,
  start: number,
  end: number,
  digits: number,
  context: FieldContext,
): PiiType | undefined {
  const token = text.slice(start, end);
  const glued = separatorGlues(text, start - 1, -1) || separatorGlues(text, end, 1);
  if (!glued && !context.idLike && text.charAt(start - 1) !== '#') {
    if (digits >= 4 && isNationalId(token)) {
      return labelBefore(text, start).idLike ? undefined : 'NATIONAL_ID';
    }
    if (token.length === 16 && UK_DRIVER.test(token.toUpperCase())) return 'DRIVER_LICENSE';
  }
  if (glued || start === 0 || digits < 4 || token.length > 20) return undefined;
  const label = labelBefore(text, start);
  return label.type !== undefined && LABELLED.has(label.type) ? label.type : undefined;
}

export function findTokens(text: string, context: FieldContext, found: FindingList): void {
  let i = 0;
  while (i < text.length) {
    if (!isAlnum(text.charCodeAt(i))) {
      i++;
      continue;
    }
    const start = i;
    let digits = 0;
    while (i < text.length && isAlnum(text.charCodeAt(i))) {
      if (isDigit(text.charCodeAt(i))) digits++;
      i++;
    }
    const size = i - start;
    if (digits < 4 || digits === size || size < MIN || size > MAX) continue;
    const type = classifyToken(text, start, i, digits, context);
    if (type !== undefined) found.add(type, start, i, 0.85);
  }
  if (context.idLike) return;
  for (const match of matchesOf(SEPARATED, text)) {
    const whole = match[0];
    if (isNationalId(whole)) found.add('NATIONAL_ID', match.index, match.index + whole.length, 0.9);
  }
}
