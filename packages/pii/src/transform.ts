import { createHmac } from 'node:crypto';
import { fold } from './fold.ts';
import { MASK, placeholderFor } from './placeholder.ts';
import type { PiiAction } from './policy.ts';
import type { PiiType } from './types.ts';

/** 128 bits of the HMAC, in hex. */
const PSEUDONYM_LENGTH = 32;
const KEPT_BY_MASK = 4;

/** The same value in other clothes gets the same pseudonym: case and separators do not count where they carry nothing. */
function canonical(type: PiiType, value: string): string {
  const plain = fold(value).text.normalize('NFKC').trim();
  if (type === 'EMAIL') return plain.toLowerCase();
  if (type === 'PHONE') return plain.replace(/[^\d+]/g, '');
  if (type === 'CREDIT_CARD' || type === 'IBAN' || type === 'NATIONAL_ID')
    return plain.replace(/[^0-9A-Za-z]/g, '').toUpperCase();
  return plain;
}

/** `[EMAIL:3f2a…]`: stable for a key, unlinkable without it. */
export function pseudonym(type: PiiType, value: string, key: string | Uint8Array): string {
  const digest = createHmac('sha256', key)
    .update(type)
    .update('\0')
    .update(canonical(type, value))
    .digest('hex');
  return `[${type}:${digest.slice(0, PSEUDONYM_LENGTH)}]`;
}

/** Stars, and the last four letters or digits where enough are hidden before them. */
export function mask(type: PiiType, value: string): string {
  const characters = [...value].filter((char) => /[\p{L}\p{N}]/u.test(char));
  const keeps = type === 'CREDIT_CARD' || type === 'PHONE' || type === 'IBAN' || type === 'BANK_ACCOUNT';
  if (!keeps || characters.length < 3 * KEPT_BY_MASK) return MASK;
  return `${MASK}${characters.slice(-KEPT_BY_MASK).join('')}`;
}

/** The text that stands for a found value. `drop` and `allow` are the caller's. */
export function replacement(
  action: PiiAction,
  type: PiiType,
  value: string,
  key: string | Uint8Array | undefined,
): string {
  if (action === 'mask') return mask(type, value);
  if (action === 'pseudonym' && key !== undefined) return pseudonym(type, value, key);
  return placeholderFor(type);
}
