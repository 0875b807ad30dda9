import { digitAt, isMonthDay, luhn, verhoeff, weightedSum } from '../checksums.ts';
import type { NationalIdRule } from './rule.ts';

/** GB 11643: ISO 7064 MOD 11-2 over 17 digits, and a birth date inside. */
export function isChineseId(id: string): boolean {
  const sum = weightedSum(id, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
  const year = Number(id.slice(6, 10));
  const birth = isMonthDay(Number(id.slice(10, 12)), Number(id.slice(12, 14)));
  return year >= 1900 && year < 2100 && birth && '10X98765432'.charAt(sum % 11) === id.charAt(17);
}

/** India: Verhoeff, first digit 2-9. */
export function isAadhaar(digits: string): boolean {
  return /^[2-9]/.test(digits) && verhoeff(digits);
}

/** South Korea: a birth date and the century/sex digit (checksums ended in 2020). */
export function isKoreanRrn(digits: string): boolean {
  return isMonthDay(Number(digits.slice(2, 4)), Number(digits.slice(4, 6))) && /[1-8]/.test(digits.charAt(6));
}

const TW_LETTERS = 'ABCDEFGHJKLMNPQRSTUVXYWZIO';

export function isTaiwaneseId(id: string): boolean {
  const value = TW_LETTERS.indexOf(id.charAt(0)) + 10;
  const sum =
    Math.floor(value / 10) + (value % 10) * 9 + weightedSum(id.slice(1), [8, 7, 6, 5, 4, 3, 2, 1, 1]);
  return sum % 10 === 0;
}

/** Hong Kong: weights 9 … 2 over letters (A = 10) and digits, modulo 11, A for 10. */
export function isHongKongId(compact: string): boolean {
  const body = compact.slice(0, -1).padStart(8, ' ');
  let sum = 0;
  for (let i = 0; i < 8; i++) {
    const code = body.charCodeAt(i);
    const value = code === 32 ? 36 : code <= 57 ? code - 48 : code - 55;
    sum += value * (9 - i);
  }
  const check = (11 - (sum % 11)) % 11;
  return (check === 10 ? 'A' : String(check)) === compact.charAt(compact.length - 1);
}

/** Singapore NRIC and FIN: weighted sum, offset by century, a letter per series. */
export function isSingaporeNric(id: string): boolean {
  const series = id.charAt(0);
  let sum = weightedSum(id.slice(1), [2, 7, 6, 5, 4, 3, 2]);
  if (series === 'T' || series === 'G') sum += 4;
  if (series === 'M') sum += 3;
  const letters =
    series === 'M' ? 'KLJNPQRTUWX' : series === 'S' || series === 'T' ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK';
  const rest = series === 'M' ? 10 - (sum % 11) : sum % 11;
  return letters.charAt(rest) === id.charAt(8);
}

/** Thailand: weights 13 … 2, modulo 11. */
export function isThaiId(digits: string): boolean {
  const sum = weightedSum(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  return (11 - (sum % 11)) % 10 === digitAt(digits, 12);
}

/** South Africa: birth date, citizenship 0-2, 8 or 9, Luhn. */
export function isSouthAfricanId(digits: string): boolean {
  if (!isMonthDay(Number(digits.slice(2, 4)), Number(digits.slice(4, 6)))) return false;
  return /^[012][89]/.test(digits.slice(10)) && luhn(digits);
}

function isMalaysianId(digits: string): boolean {
  return isMonthDay(Number(digits.slice(2, 4)), Number(digits.slice(4, 6)));
}

export const ASIA_PACIFIC: readonly NationalIdRule[] = [
  { name: 'CN resident id', written: /^\d{17}[\dX]$/, valid: isChineseId },
  { name: 'IN Aadhaar', written: /^\d{4}([ -])\d{4}\1\d{4}$/, valid: isAadhaar },
  { name: 'IN PAN', written: /^[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]$/, valid: () => true },
  { name: 'IN GSTIN', written: /^\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]$/, valid: () => true },
  { name: 'ZA id', written: /^\d{13}$/, valid: isSouthAfricanId },
  { name: 'KR RRN', written: /^\d{6}-\d{7}$/, valid: isKoreanRrn },
  { name: 'TW id', written: /^[A-Z][1289]\d{8}$/, valid: isTaiwaneseId },
  { name: 'HK id', written: /^[A-Z]{1,2}\d{6} ?\([0-9A]\)$/, valid: isHongKongId },
  { name: 'SG NRIC', written: /^[STFGM]\d{7}[A-Z]$/, valid: isSingaporeNric },
  { name: 'TH id', written: /^\d([- ])\d{4}\1\d{5}\1\d{2}\1\d$/, valid: () => true },
  { name: 'MY MyKad', written: /^\d{6}-\d{2}-\d{4}$/, valid: isMalaysianId },
  { name: 'PK CNIC', written: /^[1-7]\d{4}-\d{7}-\d$/, valid: () => true },
  { name: 'AE Emirates ID', written: /^784-?\d{4}-?\d{7}-?\d$/, valid: () => true },
  { name: 'PH SSS', written: /^\d{2}-\d{7}-\d$/, valid: () => true },
];
