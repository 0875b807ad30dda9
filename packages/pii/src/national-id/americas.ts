import { digitAt, isMonthDay, weightedSum } from '../checksums.ts';
import type { NationalIdRule } from './rule.ts';

/** SSA rules since 2011: no area 000, 666 or 9xx, no group 00, no serial 0000. */
export function isUsSsn(digits: string): boolean {
  const area = Number(digits.slice(0, 3));
  if (area === 0 || area === 666 || area >= 900) return false;
  if (digits.slice(3, 5) === '00' || digits.slice(5) === '0000') return false;
  return digits !== '123456789' && digits !== '078051120';
}

/** IRS: 9xx with group 50-65, 70-88, 90-92 or 94-99. */
export function isUsItin(digits: string): boolean {
  const group = Number(digits.slice(3, 5));
  if (digits.charAt(0) !== '9') return false;
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group !== 93);
}

function allSame(digits: string): boolean {
  return /^(\d)\1+$/.test(digits);
}

function checkDigit11(sum: number): number {
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

export function isBrazilCpf(digits: string): boolean {
  if (allSame(digits)) return false;
  const first = checkDigit11(weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = checkDigit11(weightedSum(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
  return first === digitAt(digits, 9) && second === digitAt(digits, 10);
}

export function isBrazilCnpj(digits: string): boolean {
  if (allSame(digits)) return false;
  const first = checkDigit11(weightedSum(digits, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
  const second = checkDigit11(weightedSum(digits, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]));
  return first === digitAt(digits, 12) && second === digitAt(digits, 13);
}

/** Modulo 11 with weights 2 … 7 from the right; 10 is K, 11 is 0. */
export function isChileRut(compact: string): boolean {
  let sum = 0;
  let weight = 2;
  for (let i = compact.length - 2; i >= 0; i--) {
    sum += digitAt(compact, i) * weight;
    weight = weight === 7 ? 2 : weight + 1;
  }
  return '0123456789K0'.charAt(11 - (sum % 11)) === compact.charAt(compact.length - 1);
}

export function isArgentinaCuit(digits: string): boolean {
  if (!/^(?:20|23|24|25|26|27|30|33|34)/.test(digits)) return false;
  const rest = 11 - (weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest === 11 ? 0 : rest === 10 ? 9 : rest) === digitAt(digits, 10);
}

function isYymmdd(text: string): boolean {
  return isMonthDay(Number(text.slice(2, 4)), Number(text.slice(4, 6)));
}

const CURP_STATES =
  /^(?:AS|BC|BS|CC|CS|CH|CL|CM|DF|CX|DG|GT|GR|HG|JC|MC|MN|MS|NT|NL|OC|PL|QT|QR|SP|SL|SR|TC|TS|TL|VZ|YN|ZS|NE)$/;

export const AMERICAS: readonly NationalIdRule[] = [
  { name: 'US SSN', written: /^\d{3}([- .])\d{2}\1\d{4}$/, valid: isUsSsn },
  { name: 'US ITIN', written: /^\d{3}([- ])\d{2}\1\d{4}$/, valid: isUsItin },
  {
    name: 'US MBI',
    written:
      /^[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}$/,
    valid: () => true,
  },
  { name: 'BR CPF', written: /^\d{3}\.\d{3}\.\d{3}[-/]\d{2}$/, valid: () => true },
  { name: 'BR CPF', written: /^\d{9}-\d{2}$/, valid: isBrazilCpf },
  { name: 'BR CNPJ', written: /^\d{2}\.?\d{3}\.?\d{3}\/\d{4}-\d{2}$/, valid: () => true },
  { name: 'CL RUT', written: /^\d{1,2}\.\d{3}\.\d{3}-[\dK]$/, valid: () => true },
  { name: 'CL RUT', written: /^\d{7,8}-[\dK]$/, valid: isChileRut },
  { name: 'AR CUIT', written: /^\d{2}-\d{8}-\d$/, valid: isArgentinaCuit },
  {
    name: 'MX CURP',
    written: /^[A-Z][AEIOUX][A-Z]{2}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d$/,
    valid: (id) => isYymmdd(id.slice(4)) && CURP_STATES.test(id.slice(11, 13)),
  },
  { name: 'MX RFC', written: /^[A-ZÑ&]{4}\d{6}[0-9A-Z]{2}[0-9A]$/, valid: (id) => isYymmdd(id.slice(4)) },
];
