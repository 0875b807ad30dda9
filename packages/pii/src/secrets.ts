import { isAlnum, isWord } from './char-kinds.ts';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';
import { FAMILIES, type SecretFamily } from './secret-families.ts';

/** Families by their first two characters, lower case. */
const BY_START = new Map<string, SecretFamily[]>();
for (const family of FAMILIES) {
  const key = family.prefix.slice(0, 2).toLowerCase();
  const list = BY_START.get(key) ?? [];
  list.push(family);
  BY_START.set(key, list);
}

/** First characters of any family, for a one-look rejection. */
const STARTS = new Uint8Array(128);
for (const family of FAMILIES) {
  STARTS[family.prefix.toLowerCase().charCodeAt(0)] = 1;
  STARTS[family.prefix.toUpperCase().charCodeAt(0)] = 1;
}

const BODY_CHARS: Readonly<Record<SecretFamily['body'], RegExp>> = {
  hex: /[0-9a-fA-F]/,
  alnum: /[0-9A-Za-z]/,
  token: /[0-9A-Za-z_-]/,
  dotted: /[0-9A-Za-z_.=-]/,
  base64: /[0-9A-Za-z+/=_-]/,
  jwt: /[0-9A-Za-z_.=/\\-]/,
};

const TABLES = new Map<SecretFamily['body'], Uint8Array>();
for (const [name, pattern] of Object.entries(BODY_CHARS)) {
  const table = new Uint8Array(128);
  for (let code = 0; code < 128; code++) if (pattern.test(String.fromCharCode(code))) table[code] = 1;
  TABLES.set(name as SecretFamily['body'], table);
}

const MAX_BODY = 4096;

function bodyEnd(text: string, from: number, family: SecretFamily): number {
  const table = TABLES.get(family.body);
  if (table === undefined) return from;
  let i = from;
  const limit = Math.min(text.length, from + MAX_BODY);
  while (i < limit && table[text.charCodeAt(i)] === 1) i++;
  while (i > from && (text.charAt(i - 1) === '.' || text.charAt(i - 1) === '-')) i--;
  return i;
}

interface FamilyMatch {
  /** Undefined: a long body that is no key after all, so nothing inside it needs another look. */
  readonly family: SecretFamily | undefined;
  readonly end: number;
}

const LONG_BODY = 256;

function familyAt(text: string, start: number): FamilyMatch | undefined {
  const families = BY_START.get(text.slice(start, start + 2).toLowerCase());
  if (families === undefined) return undefined;
  for (const family of families) {
    const size = family.prefix.length;
    const prefix = text.slice(start, start + size);
    if (family.anyCase ? prefix.toLowerCase() !== family.prefix.toLowerCase() : prefix !== family.prefix)
      continue;
    const end = bodyEnd(text, start + size, family);
    const length = end - start - size;
    if (length < family.min || (family.exact && length !== family.min)) continue;
    if (family.check !== undefined && !family.check.test(text.slice(start + size, end))) {
      if (length > LONG_BODY) return { family: undefined, end };
      continue;
    }
    return { family, end };
  }
  return undefined;
}

/** Vendor-shaped keys and tokens: a known prefix, then a body of its alphabet and length. */
export function findSecrets(text: string, found: FindingList): void {
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (
      code > 127 ||
      STARTS[code] !== 1 ||
      (i > 0 && isWord(text.charCodeAt(i - 1)) && text.charCodeAt(i - 1) < 128)
    ) {
      i++;
      continue;
    }
    const match = familyAt(text, i);
    if (match === undefined) {
      i++;
      continue;
    }
    if (match.family !== undefined)
      found.add(match.family.body === 'jwt' ? 'JWT' : 'API_KEY', i, match.end, 0.95);
    i = match.end;
  }
}

const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** PEM private keys, whole or cut off. */
export function findPrivateKeys(text: string, found: FindingList): void {
  let from = 0;
  for (const match of matchesOf(PEM, text)) {
    if (match.index < from) continue;
    const tail = text.indexOf('-----END', match.index);
    const close = tail < 0 ? -1 : text.indexOf('-----', tail + 8);
    const end = close < 0 ? text.length : close + 5;
    found.add('API_KEY', match.index, end, 0.99);
    from = end;
  }
}

/** Vendor shapes known by their middle or end; every quantifier is bounded, no two neighbours share characters freely. */
const SHAPED =
  /(?<![\w-])(?:[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}|[\w~.]{3}\dQ~[\w~.-]{31,34}|\d{8,10}:A[\w-]{34}|[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,38}|[0-9a-f]{32}-us\d{1,2}|[0-9a-h]{32}-[0-9a-h]{8}-[0-9a-h]{8}|\d{15,16}(?:\||%7C|%)[\w-]{27,40}|(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.acc[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120})(?![\w-])/g;

export function findShapedSecrets(text: string, found: FindingList): void {
  for (const match of matchesOf(SHAPED, text))
    found.add('API_KEY', match.index, match.index + match[0].length, 0.9);
}

const HEADER = /\b(Bearer|Basic|Token|ApiKey|Digest|Negotiate)[ \t]{1,4}([A-Za-z0-9._~+/=-]{8,4096})/gi;

/** `Authorization: Bearer …`: the credentials after the scheme. */
export function findAuthorization(text: string, found: FindingList): void {
  for (const match of matchesOf(HEADER, text)) {
    const value = match[2] ?? '';
    const scheme = (match[1] ?? '').toLowerCase();
    const strong = /\d/.test(value) && /[A-Za-z]/.test(value);
    if (!strong && !(scheme === 'basic' && value.length >= 12 && /[a-z]/.test(value) && /[A-Z]/.test(value)))
      continue;
    const start = match.index + match[0].length - value.length;
    found.add(scheme === 'basic' ? 'PASSWORD' : 'API_KEY', start, start + value.length, 0.9);
  }
}

function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const AWS_SECRET = /(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])/g;

/** AWS secret access keys: 40 characters of base64 with the randomness of a key; no path, no digest. */
export function findAwsSecrets(text: string, found: FindingList): void {
  for (const match of matchesOf(AWS_SECRET, text)) {
    const value = match[0];
    if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || !/[\d+]/.test(value) || /^[0-9a-fA-F]+$/.test(value))
      continue;
    if (entropyBits(value) < 4.1 || isAlnum(text.charCodeAt(match.index - 1))) continue;
    found.add('API_KEY', match.index, match.index + value.length, 0.7);
  }
}
