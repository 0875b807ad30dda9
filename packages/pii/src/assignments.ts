import { meaningOf } from './field-class.ts';
import { STRICT_NAMES } from './field-scopes.ts';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';
import { placeholderAt } from './placeholder.ts';
import { isPlausible, looksLikeName } from './plausible.ts';
import { labelBefore } from './text-context.ts';
import type { FieldContext, PiiType } from './types.ts';

/** `name=value`, `"name":"value"`, `name: value` inside a text: the name decides, as it does for fields. */

const MAX_NAME = 64;
const MAX_VALUE = 1024;
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

function endsValue(char: string, quote: string, inQuery: boolean): boolean {
  if (quote !== '') return char === quote || char === '\n';
  if (QUERY_ENDS.has(char)) return true;
  return inQuery ? char === '#' : char === ',' || char === ')' || char === '}' || char === ']';
}

const QUERY_ENDS = new Set('&;"\'`<> \t\n\r'.split(''));

function decodedValue(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!text.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not percent-encoding after all.
    return spaced;
  }
}

class AssignmentScan {
  private readonly text: string;
  private readonly found: FindingList;
  /** Ends of the last bare values, by kind: a value inside a value ends where that one did, so no text is walked twice. */
  private readonly bareEnds = { query: -1, text: -1 };

  constructor(text: string, found: FindingList) {
    this.text = text;
    this.found = found;
  }

  equalsAt(sign: number): void {
    const name = nameBefore(this.text, sign);
    if (name === undefined) return;
    const before = this.text.charAt(name.start - 1);
    const inQuery = before === '?' || before === '&' || before === '#' || before === ';';
    const worded = !name.quoted && !inQuery && before === ' ';
    const type = typeOfName(name.name) ?? (worded ? this.labelType(sign) : undefined);
    if (type !== undefined) this.report(type, this.valueAfter(sign, inQuery), name.name);
  }

  colonAt(sign: number): void {
    const next = this.text.charAt(sign + 1);
    if (next === '/' || next === ':' || this.text.charAt(sign - 1) === ':') return;
    const name = nameBefore(this.text, sign);
    if (name === undefined) return;
    const type = name.quoted ? typeOfName(name.name) : this.labelType(sign);
    if (type !== undefined) this.report(type, this.valueAfter(sign, false), name.name);
  }

  private labelType(sign: number): PiiType | undefined {
    const { type } = labelBefore(this.text, sign);
    return type !== undefined && AFTER_COLON.has(type) ? type : undefined;
  }

  private valueAfter(sign: number, inQuery: boolean): Value {
    const { text } = this;
    let start = sign + 1;
    if (text.charAt(start) === '>' || text.charAt(start) === '=') start++;
    while (text.charAt(start) === ' ' && start - sign < 4) start++;
    if (text.charAt(start) === '\\' && isQuote(text.charAt(start + 1))) start++;
    if (!isQuote(text.charAt(start))) return { start, end: this.bareEnd(start, inQuery) };
    const quote = text.charAt(start);
    start++;
    let end = this.walk(start, quote, inQuery);
    if (text.charAt(end - 1) === '\\') end--;
    return { start, end };
  }

  private bareEnd(start: number, inQuery: boolean): number {
    const kind = inQuery ? 'query' : 'text';
    if (start >= this.bareEnds[kind]) this.bareEnds[kind] = this.walk(start, '', inQuery);
    return this.bareEnds[kind];
  }

  private walk(start: number, quote: string, inQuery: boolean): number {
    const limit = Math.min(this.text.length, start + MAX_VALUE);
    let end = start;
    while (end < limit && !endsValue(this.text.charAt(end), quote, inQuery)) end++;
    return end;
  }

  private report(type: PiiType, value: Value, name: string): void {
    let { end } = value;
    while (end > value.start && '.,;:!?)'.includes(this.text.charAt(end - 1)) && type !== 'PASSWORD') end--;
    if (end <= value.start || placeholderAt(this.text, value.start) > 0) return;
    const decoded = decodedValue(this.text.slice(value.start, end));
    if (!isPlausible(type, decoded)) return;
    // A bare `name` may be anything's: there the value has to look like a person's.
    if (type === 'PERSON_NAME' && STRICT_NAMES.has(name.toLowerCase()) && !looksLikeName(decoded)) return;
    this.found.add(type, value.start, end, 0.75);
  }
}

export function findAssignments(text: string, context: FieldContext, found: FindingList): void {
  const scan = new AssignmentScan(text, found);
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 61) scan.equalsAt(i);
    else if ((code === 58 || code === 0xff1a) && !context.idLike) scan.colonAt(i);
  }
}

const SPOKEN_PASSWORD =
  /(?:\bpass(?:word|code|phrase)?|\bpasswd|\bpwd|\bpw|\bpasswort|\bkennwort|\bsenha|\bcontraseña|\bmot de passe|\bпароль|密码|パスワード|비밀번호)(?: (?:is|was|ist|es|est|é|are))? ?(?:是|は|:|=|->)? ?["'`]?([^\s"'`]{4,64})/giu;

/** `my password is hunter2!`: only values that are no ordinary word. */
export function findSpokenPasswords(text: string, found: FindingList): void {
  for (const match of matchesOf(SPOKEN_PASSWORD, text)) {
    const value = (match[1] ?? '').replace(/[.,;:!?]$/, '');
    const start = match.index + match[0].length - (match[1] ?? '').length;
    if (!/[\d!@#$%^&*]/.test(value) || !isPlausible('PASSWORD', value) || placeholderAt(text, start) > 0)
      continue;
    found.add('PASSWORD', start, start + value.length, 0.7);
  }
}

const USERINFO = /[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#@:"'<>]{0,128}):([^\s/?#@"'<>]{1,256})@/gi;

/** `curl -u user:password`. */
const USER_OPTION = /(?:^|\s)(?:-u|--user)[ =]?["']?([^\s:"']{1,64}:[^\s"']{2,128})/g;

export function findUserOptions(text: string, found: FindingList): void {
  for (const match of matchesOf(USER_OPTION, text)) {
    const end = match.index + match[0].length;
    const start = end - (match[1] ?? '').length;
    if (placeholderAt(text, start) === 0) found.add('PASSWORD', start, end, 0.8);
  }
}

/** `scheme://user:password@host`. */
export function findUserinfo(text: string, found: FindingList): void {
  for (const match of matchesOf(USERINFO, text)) {
    const end = match.index + match[0].length - 1;
    const start = match.index + match[0].indexOf('://') + 3;
    const secret = text.slice(end - (match[2] ?? '').length, end);
    if (isPlausible('PASSWORD', secret) && placeholderAt(text, start) === 0)
      found.add('PASSWORD', start, end, 0.9);
  }
}
