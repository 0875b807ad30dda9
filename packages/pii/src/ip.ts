import { isIPv6 } from 'node:net';
import { isAlnum, isAsciiLetter, isDigit, isHex } from './char-kinds.ts';
import { VERSION_WORDS } from './field-scopes.ts';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';
import { wordsBefore } from './text-context.ts';
import type { FieldContext } from './types.ts';

/** Addresses of nobody: unspecified, loopback, broadcast; and 8.8.8.8 or 1.2.3.4, resolvers and small versions. */
function isNobody(parts: readonly number[]): boolean {
  const first = parts[0];
  if (parts.every((part) => part < 10)) return true;
  return first === 127 || parts.every((part) => part === 0) || parts.every((part) => part === 255);
}

/** The four octets of a dotted quad at `start`, and its end; undefined when it is no complete one. */
function quadAt(text: string, start: number): { readonly parts: number[]; readonly end: number } | undefined {
  const parts: number[] = [];
  let i = start;
  for (;;) {
    let value = 0;
    const from = i;
    while (i - from < 4 && isDigit(text.charCodeAt(i))) {
      value = value * 10 + text.charCodeAt(i) - 48;
      i++;
    }
    if (i === from || i - from > 3 || value > 255 || (i - from > 1 && text.charAt(from) === '0'))
      return undefined;
    parts.push(value);
    if (parts.length === 4) return { parts, end: i };
    if (text.charAt(i) !== '.') return undefined;
    i++;
  }
}

/** `Chrome/120.0.0.0`, `v1.2.3.4`, `sdk@1.2.3.4`: a version by what it is glued to. */
function gluedToVersion(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (before === 64) return !/[A-Za-z0-9]:\/\/|^\w+@/.test(text.slice(Math.max(0, start - 40), start));
  if (before === 47 || before === 45 || before === 95)
    return isAlnum(text.charCodeAt(start - 2)) && !text.slice(0, start).includes('://');
  return (before === 118 || before === 86) && !isAsciiLetter(text.charCodeAt(start - 2));
}

function startsToken(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (before === 46) return false;
  if (isDigit(before)) return false;
  return !isAsciiLetter(before);
}

/** A network (host bits in the prefix) is nobody's address. */
function isNetwork(text: string, end: number): boolean {
  const match = /^\/(\d{1,2})(?!\d)/.exec(text.slice(end, end + 4));
  return match !== null && Number(match[1]) < 32;
}

function afterVersionWord(text: string, start: number): boolean {
  return wordsBefore(text, start, 3).some(
    (word) => VERSION_WORDS.has(word) && word !== 'os' && word !== 'agent' && word !== 'tag',
  );
}

export function findIpv4(text: string, context: FieldContext, found: FindingList): void {
  if (context.versionLike) return;
  let i = text.indexOf('.');
  while (i >= 0) {
    let start = i;
    while (start > 0 && i - start < 3 && isDigit(text.charCodeAt(start - 1))) start--;
    const quad = start < i && startsToken(text, start) ? quadAt(text, start) : undefined;
    if (quad === undefined) {
      i = text.indexOf('.', i + 1);
      continue;
    }
    const next = text.charCodeAt(quad.end);
    const goesOn = isAlnum(next) || next === 95 || (next === 46 && isAlnum(text.charCodeAt(quad.end + 1)));
    const version =
      gluedToVersion(text, start) || (context.hint !== 'IP_ADDRESS' && afterVersionWord(text, start));
    if (!goesOn && !version && !isNobody(quad.parts) && !isNetwork(text, quad.end))
      found.add('IP_ADDRESS', start, quad.end, 0.9);
    i = text.indexOf('.', quad.end);
  }
}

function isV6Char(code: number): boolean {
  return isHex(code) || code === 58 || code === 46;
}

/** Real addresses have three groups at least; `a::b` and `::1` are code or loopback. */
function isPersonalIpv6(value: string): boolean {
  if (!isIPv6(value)) return false;
  const groups = value.split(/:+/).filter((group) => group !== '');
  if (groups.length < 2 || !/\d/.test(value)) return false;
  if (groups.length < 3 && !/^(?:2|3|f[cde])[0-9a-f]{2,3}:/i.test(value)) return false;
  return !/^[0:]*1?$/.test(value);
}

export function findIpv6(text: string, found: FindingList): void {
  let i = text.indexOf(':');
  while (i >= 0) {
    let start = i;
    while (start > 0 && i - start < 4 && isHex(text.charCodeAt(start - 1))) start--;
    let end = i;
    while (end < text.length && end - start < 46 && isV6Char(text.charCodeAt(end))) end++;
    const next = end;
    while (
      end > start &&
      (text.charAt(end - 1) === '.' || (text.charAt(end - 1) === ':' && text.charAt(end - 2) !== ':'))
    )
      end--;
    const bounded =
      !isAlnum(text.charCodeAt(start - 1)) &&
      text.charAt(start - 1) !== ':' &&
      !isAlnum(text.charCodeAt(next));
    if (bounded && end - start >= 6 && isPersonalIpv6(text.slice(start, end)))
      found.add('IP_ADDRESS', start, end, 0.95);
    i = text.indexOf(':', Math.max(next, i + 1));
  }
}

const MAC_SHAPES =
  /(?<![0-9A-Za-z:.-])(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){7})(?![0-9A-Za-z]|[:-][0-9A-Fa-f])/g;

/** EUI-48 and EUI-64 in the IEEE, Windows and Cisco notations; not broadcast or zero. */
export function findMacs(text: string, context: FieldContext, found: FindingList): void {
  for (const match of matchesOf(MAC_SHAPES, text)) {
    const digits = match[0].replace(/[^0-9A-Fa-f]/g, '');
    if (/^(?:0+|[fF]+)$/.test(digits)) continue;
    const dashedNumbers = /^[\d-]+$/.test(match[0]);
    if ((dashedNumbers || match[0].includes('.')) && context.idLike) continue;
    found.add('MAC_ADDRESS', match.index, match.index + match[0].length, 0.95);
  }
}
