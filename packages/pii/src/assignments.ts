import { meaningOf } from './field-class.ts';
import type { FindingList } from './findings.ts';
import { placeholderAt } from './placeholder.ts';
import { isPlausible } from './plausible.ts';
import { labelBefore } from './text-context.ts';
import type { FieldContext, PiiType } from './types.ts';

/** `name=value`, `"name":"value"`, `name: value` inside a text: the name decides, as it does for fields. */

const MAX_NAME = 64;
const MAX_VALUE = 4096;
const NAME_CHAR = /[\w.$%[\]-]|\P{ASCII}/u;
/** Types that a colon in running text may announce; names and addresses have no clear end there. */
const AFTER_COLON: ReadonlySet<PiiType> = new Set<PiiType>([
  'PASSWORD',
  'API_KEY',
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVER_LICENSE',
  'BANK_ACCOUNT',
  'CARD_SECURITY_CODE',
  'CRYPTO_WALLET',
  'BIRTH_DATE',
  'CREDIT_CARD',
  'PHONE',
]);

/** Small cache: query parameter names repeat in every event. */
const meanings = new Map<string, PiiType | undefined>();
const MAX_MEANINGS = 2_000;

function typeOfName(name: string): PiiType | undefined {
  if (meanings.has(name)) return meanings.get(name);
  const type = nameType(name);
  if (meanings.size < MAX_MEANINGS && name.length < 32) meanings.set(name, type);
  return type;
}

function nameType(name: string): PiiType | undefined {
  let plain = name;
  if (name.includes('%')) {
    try {
      plain = decodeURIComponent(name);
    } catch {
      plain = name;
    }
  }
  const meaning = meaningOf(plain);
  if (meaning.hint !== undefined) return meaning.hint;
  return meaning.bareName === undefined ? undefined : 'PERSON_NAME';
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === '`';
}

interface Name {
  readonly name: string;
  readonly start: number;
  readonly quoted: boolean;
}

/** The identifier that ends before `sign`. */
function nameBefore(text: string, sign: number): Name | undefined {
  let end = sign;
  if (text.charAt(end - 1) === ' ') end--;
  const quoted = isQuote(text.charAt(end - 1));
  if (quoted) end--;
  if (quoted && text.charAt(end - 1) === '\\') end--;
  let start = end;
  while (start > 0 && end - start < MAX_NAME && NAME_CHAR.test(text.charAt(start - 1))) start--;
  if (start === end) return undefined;
  return { name: text.slice(start, end), start, quoted };
}

interface Value {
  readonly start: number;
  readonly end: number;
}

function valueAfter(text: string, sign: number, inQuery: boolean): Value {
  let start = sign + 1;
  if (text.charAt(start) === '>' || text.charAt(start) === '=') start++;
  while (text.charAt(start) === ' ' && start - sign < 4) start++;
  let quote = '';
  if (text.charAt(start) === '\\' && isQuote(text.charAt(start + 1))) start++;
  if (isQuote(text.charAt(start))) {
    quote = text.charAt(start);
    start++;
  }
  const limit = Math.min(text.length, start + MAX_VALUE);
  let end = start;
  while (end < limit && !endsValue(text.charAt(end), quote, inQuery)) end++;
  if (quote !== '' && text.charAt(end - 1) === '\\') end--;
  return { start, end };
}

function endsValue(char: string, quote: string, inQuery: boolean): boolean {
  if (quote !== '') return char === quote || char === '\n';
  if (
    char === '&' ||
    char === ';' ||
    char === '"' ||
    char === "'" ||
    char === '`' ||
    char === '<' ||
    char === '>'
  )
    return true;
  if (char === ' ' || char === '\t' || char === '\n' || char === '\r') return true;
  return inQuery ? char === '#' : char === ',' || char === ')' || char === '}' || char === ']';
}

function decodedValue(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!text.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function equalsAt(text: string, sign: number, found: FindingList): number {
  const name = nameBefore(text, sign);
  if (name === undefined) return sign + 1;
  const before = text.charAt(name.start - 1);
  const inQuery = before === '?' || before === '&' || before === '#' || before === ';';
  const type = typeOfName(name.name) ?? (name.quoted || inQuery ? undefined : labelType(text, sign));
  const value = valueAfter(text, sign, inQuery);
  if (value.end <= value.start) return sign + 1;
  if (type !== undefined) report(text, type, value, found);
  return sign + 1;
}

function labelType(text: string, sign: number): PiiType | undefined {
  const { type } = labelBefore(text, sign);
  return type !== undefined && AFTER_COLON.has(type) ? type : undefined;
}

function colonAt(text: string, sign: number, found: FindingList): number {
  const next = text.charAt(sign + 1);
  if (next === '/' || next === ':' || text.charAt(sign - 1) === ':') return sign + 1;
  const name = nameBefore(text, sign);
  if (name === undefined) return sign + 1;
  const type = name.quoted ? typeOfName(name.name) : labelType(text, sign);
  if (type === undefined) return sign + 1;
  const value = valueAfter(text, sign, false);
  if (!name.quoted && !AFTER_COLON.has(type)) return sign + 1;
  report(text, type, value, found);
  return sign + 1;
}

function report(text: string, type: PiiType, value: Value, found: FindingList): void {
  let { end } = value;
  while (end > value.start && '.,;:!?)'.includes(text.charAt(end - 1)) && type !== 'PASSWORD') end--;
  const raw = text.slice(value.start, end);
  if (raw === '' || placeholderAt(text, value.start) > 0) return;
  if (!isPlausible(type, decodedValue(raw))) return;
  found.add(type, value.start, end, 0.75);
}

export function findAssignments(text: string, context: FieldContext, found: FindingList): void {
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 61) equalsAt(text, i, found);
    else if ((code === 58 || code === 0xff1a) && !context.idLike) colonAt(text, i, found);
  }
}

const SPOKEN_PASSWORD =
  /(?:\bpass(?:word|code|phrase)?|\bpasswd|\bpwd|\bpasswort|\bkennwort|\bsenha|\bcontraseña|\bmot de passe|\bпароль|密码|パスワード|비밀번호)(?: (?:is|was|ist|es|est|é|are))? ?(?:是|は|:|=|->)? ?["'`]?([^\s"'`]{4,64})/giu;

/** `my password is hunter2!`: only values that are no ordinary word. */
export function findSpokenPasswords(text: string, found: FindingList): void {
  for (const match of text.matchAll(SPOKEN_PASSWORD)) {
    const value = (match[1] ?? '').replace(/[.,;:!?]$/, '');
    const start = match.index + match[0].length - (match[1] ?? '').length;
    if (!/[\d!@#$%^&*]/.test(value) || !isPlausible('PASSWORD', value) || placeholderAt(text, start) > 0)
      continue;
    found.add('PASSWORD', start, start + value.length, 0.7);
  }
}

const USERINFO = /[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#@:"'<>]{0,128}):([^\s/?#@"'<>]{1,256})@/gi;

/** `scheme://user:password@host`. */
export function findUserinfo(text: string, found: FindingList): void {
  for (const match of text.matchAll(USERINFO)) {
    const end = match.index + match[0].length - 1;
    const start = match.index + match[0].indexOf('://') + 3;
    const secret = text.slice(end - (match[2] ?? '').length, end);
    if (isPlausible('PASSWORD', secret) && placeholderAt(text, start) === 0)
      found.add('PASSWORD', start, end, 0.9);
  }
}
