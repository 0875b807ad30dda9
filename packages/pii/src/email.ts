import { isAlnum, isAsciiLetter, isDigit, isUncasedLetter, isWideLetter } from './char-kinds.ts';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';

/** RFC 5321 limits. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;
/** `name@2x.png`, `module@file.js`: what ends like a file is no mail domain. */
const FILE_ENDINGS = new Set(
  'png jpg jpeg gif webp svg avif ico bmp tif tiff css scss less js mjs cjs jsx tsx json html htm xml yml yaml pdf csv txt woff ttf wasm map lock'.split(
    ' ',
  ),
);
const LOCAL_PUNCTUATION = ".!#$*+-^_`~|{}'%";

function isLocal(code: number): boolean {
  return isAlnum(code) || isWideLetter(code) || LOCAL_PUNCTUATION.includes(String.fromCharCode(code));
}

/** First index of the local part that ends before `at`; stops where a script without case meets Latin. */
function localStart(text: string, at: number): number {
  let start = at;
  let latin = false;
  while (start > 0 && at - start < MAX_LOCAL + 10) {
    const code = text.charCodeAt(start - 1);
    if (!isLocal(code)) break;
    if (latin && isUncasedLetter(code)) break;
    if (isAlnum(code)) latin = true;
    start--;
  }
  while (
    start < at &&
    !isAlnum(text.charCodeAt(start)) &&
    !isWideLetter(text.charCodeAt(start)) &&
    text.charAt(start) !== '_'
  )
    start++;
  return start;
}

/** End of the label that starts at `start`; stops where a script without case meets Latin. */
function labelEnd(text: string, start: number, limit: number): number {
  let i = start;
  let latin = false;
  while (i < limit) {
    const code = text.charCodeAt(i);
    if (isAlnum(code) || (code === 45 && i > start)) latin = true;
    else if (!isWideLetter(code) || (latin && isUncasedLetter(code))) break;
    i++;
  }
  return i;
}

/** End of the domain that starts at `start`, or -1: at least two labels, the last one letters. */
function domainEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_DOMAIN);
  let labelStart = start;
  let end = -1;
  for (;;) {
    const i = labelEnd(text, labelStart, limit);
    if (i === labelStart) return end;
    const top = labelStart > start ? topLevelEnd(text, labelStart, i) : 0;
    if (top > 0) end = top;
    if (text.charAt(i) !== '.' || i >= limit) return end;
    labelStart = i + 1;
  }
}

/** End of the letters that a top-level label starts with; 0 when it is none. */
function topLevelEnd(text: string, start: number, end: number): number {
  if (text.startsWith('xn--', start)) return end;
  let i = start;
  while (i < end && (isAsciiLetter(text.charCodeAt(i)) || isWideLetter(text.charCodeAt(i)))) i++;
  if (i - start < 2 || i - start > 24) return 0;
  return FILE_ENDINGS.has(text.slice(start, i).toLowerCase()) ? 0 : i;
}

function isVersionLike(domain: string): boolean {
  return /^v?\d+\.\d+(?:[.-]|$)/.test(domain);
}

/** `scheme://user:pass@host`, `git@host:path`: what stands before @ is no mailbox. */
function isLogin(text: string, start: number, at: number, end: number): boolean {
  if (/:\/\/[^\s/?#@]{0,130}$/.test(text.slice(Math.max(0, start - 140), start))) return true;
  return text.slice(start, at) === 'git' && (text.charAt(end) === ':' || text.charAt(end) === '/');
}

/** `Ada Lovelace <ada@example.org>`: the words before the bracket are a name. */
function displayName(text: string, start: number, found: FindingList): void {
  if (text.charAt(start - 1) !== '<') return;
  const before = text.slice(Math.max(0, start - 80), start - 1);
  const match = /(?:^|[,;:"'>]\s?)"?((?:\p{Lu}[\p{L}.'’-]{0,30} ?){1,5})"? ?$/u.exec(before);
  const name = match?.[1]?.trimEnd();
  if (match === null || name === undefined || name.length < 2) return;
  const offset = start - 1 - before.length + match.index + match[0].indexOf(name);
  found.add('PERSON_NAME', offset, offset + name.length, 0.8);
}

function quotedLocalStart(text: string, at: number): number {
  if (text.charAt(at - 1) !== '"') return at;
  const open = text.lastIndexOf('"', at - 2);
  return open >= 0 && at - open <= MAX_LOCAL ? open : at;
}

function literalEnd(text: string, start: number): number {
  const match = /^\[(?:IPv6:)?[0-9A-Fa-f.:]{3,45}\]/.exec(text.slice(start, start + 54));
  return match === null ? -1 : start + match[0].length;
}

/** RFC 5322 addr-specs as people write them, internationalized ones too. */
export function findEmails(text: string, found: FindingList): void {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = localStart(text, at);
    if (start === at && at > 1) start = quotedLocalStart(text, at);
    if (start === at || text.charAt(at - 1) === '.') continue;
    let end = text.charAt(at + 1) === '[' ? literalEnd(text, at + 1) : domainEnd(text, at + 1);
    if (end < 0) continue;
    if (isVersionLike(text.slice(at + 1, end)) || isLogin(text, start, at, end)) continue;
    if (text.slice(start, end).includes('***')) continue;
    if (isDigit(text.charCodeAt(end)) && !text.slice(at, end).includes('.')) end = at;
    found.add('EMAIL', start, end, 0.99);
    displayName(text, start, found);
  }
}

const SPELLED =
  /([A-Za-z0-9](?:[A-Za-z0-9._+-]{0,63})) ?(?:\[ ?at ?\]|\( ?at ?\)|\{ ?at ?\}|<at>| at |\(@\)|\[@\]) ?([A-Za-z0-9-]{1,63}(?:(?: ?(?:\[ ?dot ?\]|\( ?dot ?\)|\{ ?dot ?\}|<dot>| dot ) ?|\.)[A-Za-z0-9-]{1,63}){1,5})/gi;

/** `ada [at] example [dot] org`. Bare ` at ` counts only with a spelled dot. */
export function findSpelledEmails(text: string, found: FindingList): void {
  if (!text.includes(' dot ') && !/[[({<] ?(?:at|@) ?[\])}>]/i.test(text)) return;
  for (const match of matchesOf(SPELLED, text)) {
    const whole = match[0];
    const domain = match[2] ?? '';
    const bracketed = /[[({<] ?(?:at|@) ?[\])}>]/i.test(whole);
    const spelledDot = /(?:[[({< ])dot(?:[\])}> ])/i.test(domain);
    if (!spelledDot && !bracketed) continue;
    if (!/[A-Za-z]{2,24}$/.test(domain)) continue;
    found.add('EMAIL', match.index, match.index + whole.length, 0.8);
  }
}
