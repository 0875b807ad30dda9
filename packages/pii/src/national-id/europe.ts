import { digitAt, isMonthDay, luhn, modDigits, weightedSum } from '../checksums.ts';
import type { NationalIdRule } from './rule.ts';

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spain: the number modulo 23 picks the letter; X, Y, Z stand for 0, 1, 2. */
export function isSpanishDni(id: string): boolean {
  const number = id.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)));
  return DNI_LETTERS.charAt(Number(number) % 23) === id.charAt(id.length - 1);
}

const ODD_VALUES: readonly number[] = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

/** Italy: odd positions by table, even ones by value, modulo 26. */
export function isCodiceFiscale(id: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = id.charCodeAt(i);
    const value = code <= 57 ? code - 48 : code - 65;
    sum += i % 2 === 0 ? (ODD_VALUES[value] ?? 0) : value;
  }
  return id.charCodeAt(15) - 65 === sum % 26;
}

const HETU_CHECKS = '0123456789ABCDEFHJKLMNPRSTUVWXY';

export function isHetu(compact: string): boolean {
  const number = Number(compact.slice(0, 6) + compact.slice(-4, -1));
  return isDayMonth(compact) && HETU_CHECKS.charAt(number % 31) === compact.charAt(compact.length - 1);
}

/** `ddmmyy…` */
function isDayMonth(text: string): boolean {
  return isMonthDay(Number(text.slice(2, 4)), Number(text.slice(0, 2)));
}

/** France: 13 digits and a key, 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18. */
export function isFrenchNir(compact: string): boolean {
  const number = compact.slice(0, 13).replace('2A', '19').replace('2B', '18');
  const month = Number(compact.slice(3, 5));
  const monthOk = (month >= 1 && month <= 12) || (month >= 20 && month <= 42) || month >= 50;
  return monthOk && 97 - modDigits(number, 97) === Number(compact.slice(13));
}

/** Belgium: 97 minus the first nine digits modulo 97, with a 2 before them for those born since 2000. */
export function isBelgianNumber(digits: string): boolean {
  const check = Number(digits.slice(9));
  const base = digits.slice(0, 9);
  return 97 - modDigits(base, 97) === check || 97 - modDigits(`2${base}`, 97) === check;
}

/** Sweden: Luhn over the last ten digits; coordination numbers add 60 to the day. */
export function isPersonnummer(digits: string): boolean {
  const ten = digits.slice(-10);
  const day = Number(ten.slice(4, 6));
  return luhn(ten) && isMonthDay(Number(ten.slice(2, 4)), day > 60 ? day - 60 : day);
}

/** Norway: day (+40 for D-numbers), month, two modulo-11 digits. */
export function isFodselsnummer(digits: string): boolean {
  const day = Number(digits.slice(0, 2));
  const month = Number(digits.slice(2, 4));
  if (!isMonthDay(month > 40 ? month - 40 : month, day > 40 ? day - 40 : day)) return false;
  const first = weightedSum(digits, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11;
  return first === 0 && weightedSum(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0;
}

/** Switzerland: EAN-13 with country prefix 756. */
export function isSwissAhv(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < 13; i++) sum += digitAt(digits, i) * (i % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

/** Czechia and Slovakia: divisible by 11; women's months +50, overflow +20. */
export function isRodneCislo(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 50;
  if (!isMonthDay(month > 20 ? month - 20 : month, Number(digits.slice(4, 6)))) return false;
  return digits.length === 9 || Number(digits) % 11 === 0 || Number(digits.slice(0, 9)) % 11 === 10;
}

/** Ireland: weights 8 … 2, and 9 for the second letter, modulo 23. */
export function isIrishPps(id: string): boolean {
  const second = id.length > 8 ? id.charCodeAt(8) - 64 : 0;
  const sum = weightedSum(id, [8, 7, 6, 5, 4, 3, 2]) + (second === 23 ? 0 : second) * 9;
  return 'WABCDEFGHIJKLMNOPQRSTUV'.charAt(sum % 23) === id.charAt(7);
}

/** Russia: weights 9 … 1, modulo 101. */
export function isSnils(digits: string): boolean {
  const rest = weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101;
  return (rest === 100 ? 0 : rest) === Number(digits.slice(9));
}

/** Former Yugoslavia: `ddmmyyy`, region, number, modulo 11. */
export function isJmbg(digits: string): boolean {
  if (!isDayMonth(digits) || !/^[09]/.test(digits.slice(4))) return false;
  const rest = 11 - (weightedSum(digits, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest > 9 ? 0 : rest) === digitAt(digits, 12);
}

/** Estonia and Lithuania: century/sex, birth date, two rounds of modulo 11. */
export function isBalticCode(digits: string): boolean {
  if (!isYearMonthDay(digits.slice(1))) return false;
  let rest = weightedSum(digits, [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11;
  if (rest === 10) rest = weightedSum(digits, [3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11;
  return (rest === 10 ? 0 : rest) === digitAt(digits, 10);
}

/** `yymmdd…` */
function isYearMonthDay(text: string): boolean {
  return isMonthDay(Number(text.slice(2, 4)), Number(text.slice(4, 6)));
}

/** Romania: sex/century, birth date, county 01-52, modulo 11. */
export function isRomanianCnp(digits: string): boolean {
  const county = Number(digits.slice(7, 9));
  if (!isYearMonthDay(digits.slice(1)) || county < 1 || county > 52) return false;
  const rest = weightedSum(digits, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
  return (rest === 10 ? 1 : rest) === digitAt(digits, 12);
}

/** Poland: months carry the century, weights 1 3 7 9. */
export function isPesel(digits: string): boolean {
  if (!isMonthDay(Number(digits.slice(2, 4)) % 20, Number(digits.slice(4, 6)))) return false;
  return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0;
}

/** Greece's AMKA: a birth date, then Luhn. */
export function isAmka(digits: string): boolean {
  return isDayMonth(digits) && luhn(digits);
}

const NINO = /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]$/;

export const EUROPE: readonly NationalIdRule[] = [
  { name: 'GB NINO', written: NINO, valid: () => true },
  {
    name: 'GB NINO',
    written: /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]-\d{2}-\d{2}-\d{2}-[A-D]$/,
    valid: () => true,
  },
  { name: 'ES DNI', written: /^\d{8}[- ]?[A-Z]$/, valid: isSpanishDni },
  { name: 'ES DNI', written: /^\d{2}\.\d{3}\.\d{3}-?[A-Z]$/, valid: isSpanishDni },
  { name: 'ES NIE', written: /^[XYZ]-?\d{7}-?[A-Z]$/, valid: isSpanishDni },
  {
    name: 'IT codice fiscale',
    written: /^[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/,
    valid: isCodiceFiscale,
  },
  { name: 'FI HETU', written: /^\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]$/, valid: isHetu },
  {
    name: 'FR NIR',
    written: /^[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}$/,
    valid: isFrenchNir,
  },
  { name: 'BE national number', written: /^\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}$/, valid: isBelgianNumber },
  {
    name: 'BE national number',
    written: /^\d{11}$/,
    valid: (id) => isYearMonthDay(id) && isBelgianNumber(id),
  },
  { name: 'JMBG', written: /^\d{13}$/, valid: isJmbg },
  { name: 'EE isikukood, LT asmens kodas', written: /^[3-6]\d{10}$/, valid: isBalticCode },
  { name: 'RO CNP', written: /^[1-8]\d{12}$/, valid: isRomanianCnp },
  { name: 'PL PESEL', written: /^\d{11}$/, valid: isPesel },
  { name: 'GR AMKA', written: /^\d{11}$/, valid: isAmka },
  { name: 'SE personnummer', written: /^(?:19|20)?\d{6}[-+]\d{4}$/, valid: isPersonnummer },
  { name: 'DK CPR', written: /^\d{6}-\d{4}$/, valid: isDayMonth },
  { name: 'NO fødselsnummer', written: /^\d{6} ?\d{5}$/, valid: isFodselsnummer },
  { name: 'CH AHV', written: /^756\.?\d{4}\.?\d{4}\.?\d{2}$/, valid: isSwissAhv },
  { name: 'CZ rodné číslo', written: /^\d{6}\/\d{3,4}$/, valid: isRodneCislo },
  { name: 'IE PPS', written: /^\d{7}[A-W][A-IW]?$/, valid: isIrishPps },
  { name: 'RU SNILS', written: /^\d{3}-\d{3}-\d{3}[- ]\d{2}$/, valid: isSnils },
  {
    name: 'LV personas kods',
    written: /^(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2}-[012]\d{4}$/,
    valid: () => true,
  },
  {
    name: 'DE Rentenversicherungsnummer',
    written: /^\d{2} ?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d{2} ?[A-Z] ?\d{3}$/,
    valid: () => true,
  },
];
