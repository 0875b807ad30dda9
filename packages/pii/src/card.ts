import { luhn } from './checksums.ts';

/** ISO/IEC 7812 issuer ranges of the payment networks: [first prefix, last prefix, lengths]. */
const NETWORKS: readonly (readonly [number, number, readonly number[]])[] = [
  // Visa
  [4, 4, [13, 16, 19]],
  // Mastercard
  [51, 55, [16]],
  [2221, 2720, [16]],
  // American Express
  [34, 34, [15]],
  [37, 37, [15]],
  // Diners Club
  [300, 305, [14, 16, 19]],
  [3095, 3095, [14, 16, 19]],
  [36, 36, [14, 16, 19]],
  [38, 39, [14, 16, 19]],
  // Discover, RuPay, Elo
  [60, 60, [16, 19]],
  [644, 649, [16, 19]],
  [65, 65, [16, 19]],
  // UnionPay
  [62, 62, [16, 17, 18, 19]],
  [81, 81, [16, 17, 18, 19]],
  // JCB: 3528-3589 in use, the rest of 35 reserved to it
  [35, 35, [16, 17, 18, 19]],
  [2131, 2131, [15]],
  [1800, 1800, [15]],
  // Mir, Troy
  [2200, 2205, [16, 17, 18, 19]],
  [9792, 9792, [16]],
  // Maestro and the national debit schemes in its ranges
  [5018, 5018, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5020, 5020, [12, 13, 14, 15, 16, 17, 18, 19]],
  [5038, 5038, [12, 13, 14, 15, 16, 17, 18, 19]],
  [50, 50, [13, 14, 15, 16, 17, 18, 19]],
  [56, 58, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6304, 6304, [12, 13, 14, 15, 16, 17, 18, 19]],
  [6334, 6334, [16, 18, 19]],
  [636, 639, [16, 17, 18, 19]],
  [639, 639, [12, 13, 14, 15]],
  [67, 67, [12, 13, 14, 15, 16, 17, 18, 19]],
];

function inNetwork(digits: string): boolean {
  for (const [first, last, lengths] of NETWORKS) {
    if (!lengths.includes(digits.length)) continue;
    const prefix = Number(digits.slice(0, String(first).length));
    if (prefix >= first && prefix <= last) return true;
  }
  return false;
}

/** A primary account number: a network's range and length, Luhn, and not one digit over and over. */
export function isCardNumber(digits: string): boolean {
  if (digits.length < 12 || digits.length > 19) return false;
  if (!inNetwork(digits) || !luhn(digits)) return false;
  return !/^(\d)\1+$/.test(digits);
}

/** The ways card numbers are printed in groups; anything else is some other number. */
export function isCardGrouping(groups: readonly number[]): boolean {
  if (groups.length === 1) return true;
  const key = groups.join('-');
  if (
    key === '4-6-5' ||
    key === '4-6-4' ||
    key === '6-13' ||
    key === '8-8' ||
    key === '6-10' ||
    key === '4-5-6'
  )
    return true;
  const last = groups.at(-1) ?? 0;
  return groups.slice(0, -1).every((size) => size === 4) && last >= 1 && last <= 4;
}
