import { createHash } from 'node:crypto';
import type { FindingList } from './findings.ts';
import { matchesOf } from './matches.ts';
import type { FieldContext } from './types.ts';

const BITCOIN_ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const RIPPLE_ALPHABET = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';

/** Bytes of a base58 text, or undefined when a character is foreign. */
function base58(text: string, alphabet: string): number[] | undefined {
  const bytes: number[] = [];
  for (const char of text) {
    let carry = alphabet.indexOf(char);
    if (carry < 0) return undefined;
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58;
      bytes[i] = carry & 255;
      carry >>= 8;
    }
    while (carry > 0) {
      bytes.push(carry & 255);
      carry >>= 8;
    }
  }
  const zero = alphabet.charAt(0);
  for (let i = 0; i < text.length && text.charAt(i) === zero; i++) bytes.push(0);
  return bytes.reverse();
}

/** Base58Check: the last four bytes are the double SHA-256 of the rest. */
export function isBase58Check(text: string, alphabet = BITCOIN_ALPHABET): boolean {
  const bytes = base58(text, alphabet);
  if (bytes === undefined || bytes.length !== 25) return false;
  const body = Uint8Array.from(bytes.slice(0, 21));
  const once = createHash('sha256').update(body).digest();
  const twice = createHash('sha256').update(once).digest();
  return bytes.slice(21).every((byte, i) => twice[i] === byte);
}

const SHAPES =
  /(?<![0-9A-Za-z_])(?:(bitcoincash:)?(0x[0-9a-fA-F]{40}|(?:bc1|tb1|ltc1)[02-9ac-hj-np-z]{25,87}|(?:BC1|LTC1)[02-9AC-HJ-NP-Z]{25,87}|(?:addr1|stake1)[02-9ac-hj-np-z]{50,110}|cosmos1[02-9ac-hj-np-z]{38}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?|[qp][02-9ac-hj-np-z]{41}|[13LMDTAt9r][1-9A-HJ-NP-Za-km-z]{24,34}|[EU]Q[A-Za-z0-9_-]{46}))(?![0-9A-Za-z_])/g;

/** Addresses by the networks' own forms; base58 ones by checksum, or by the look of one. */
export function findWallets(text: string, context: FieldContext, found: FindingList): void {
  for (const match of matchesOf(SHAPES, text)) {
    const address = match[2] ?? '';
    if (/^[13LMDTAt9]/.test(address) && !/^[48]/.test(address) && !isBase58Wallet(address)) continue;
    if (address.startsWith('r') && !isBase58Check(address, RIPPLE_ALPHABET) && !looksRandom(address))
      continue;
    if (/^[qp]/.test(address) && match[1] === undefined && context.hint !== 'CRYPTO_WALLET') continue;
    if (/^[EU]Q/.test(address) && !looksRandom(address)) continue;
    found.add('CRYPTO_WALLET', match.index, match.index + match[0].length, 0.9);
  }
}

function isBase58Wallet(address: string): boolean {
  if (isBase58Check(address)) return true;
  return /^(?:[13].{32,33}|T.{33})$/.test(address) && looksRandom(address);
}

/** Digits, upper and lower case well mixed, as no word or slug is. */
function looksRandom(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  const upper = text.replace(/[^A-Z]/g, '').length;
  const lower = text.replace(/[^a-z]/g, '').length;
  return digits >= 2 && upper >= 5 && lower >= 5;
}
