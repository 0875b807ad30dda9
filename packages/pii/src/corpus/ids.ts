import { isCardNumber } from '../card.ts';
import { mod97 } from '../checksums.ts';
import { isNationalId } from '../national-id/index.ts';
import type { Random } from './random.ts';

/** Identifiers drawn from their standards' forms and check rules. */

function yymmdd(random: Random): string {
  return random.date(1950, 1999).slice(2).replaceAll('-', '');
}

function ddmmyy(random: Random): string {
  const date = yymmdd(random);
  return date.slice(4) + date.slice(2, 4) + date.slice(0, 2);
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

type Draw = (random: Random) => string;

/** Written so that they are recognisable with no label at all. */
export const DISTINCTIVE_IDS: Readonly<Record<string, Draw>> = {
  US: (r) => r.until(() => `${r.digits(3)}-${r.digits(2)}-${r.digits(4)}`, isNationalId),
  BR: (r) => r.until(() => `${r.digits(3)}.${r.digits(3)}.${r.digits(3)}-${r.digits(2)}`, isNationalId),
  AR: (r) => r.until(() => `20-${r.digits(8)}-${r.digits(1)}`, isNationalId),
  CL: (r) => `${r.int(5, 24)}.${r.digits(3)}.${r.digits(3)}-${r.pick(['1', '5', 'K'])}`,
  MX: (r) => `GARC${yymmdd(r)}HDFRRL0${r.digits(1)}`,
  GB: (r) => `AB${r.digits(6)}C`,
  ES: (r) => r.until(() => r.digits(8) + r.pick([...LETTERS]), isNationalId),
  ES_NIE: (r) => r.until(() => `X${r.digits(7)}${r.pick([...LETTERS])}`, isNationalId),
  IT: (r) =>
    r.until(
      () => `RSSMRA${r.digits(2)}A${r.int(10, 31)}H${r.digits(3)}${r.pick([...LETTERS])}`,
      isNationalId,
    ),
  FI: (r) =>
    r.until(
      () => `${ddmmyy(r)}-${r.digits(3)}${r.pick([...'0123456789ABCDEFHJKLMNPRSTUVWXY'])}`,
      isNationalId,
    ),
  FR: (r) =>
    r.until(
      () => `1 ${r.digits(2)} 05 ${r.digits(2)} ${r.digits(3)} ${r.digits(3)} ${r.digits(2)}`,
      isNationalId,
    ),
  SE: (r) => r.until(() => `${yymmdd(r)}-${r.digits(4)}`, isNationalId),
  DK: (r) => `${ddmmyy(r)}-${r.digits(4)}`,
  NO: (r) => r.until(() => ddmmyy(r) + r.digits(5), isNationalId),
  CH: (r) => r.until(() => `756.${r.digits(4)}.${r.digits(4)}.${r.digits(2)}`, isNationalId),
  CZ: (r) => r.until(() => `${yymmdd(r)}/${r.digits(4)}`, isNationalId),
  BE: (r) =>
    r.until(
      () => `${yymmdd(r).replace(/(..)(..)(..)/, '$1.$2.$3')}-${r.digits(3)}.${r.digits(2)}`,
      isNationalId,
    ),
  CN: (r) =>
    r.until(
      () => `110105${r.date(1950, 1999).replaceAll('-', '')}${r.digits(3)}${r.pick([...'0123456789X'])}`,
      isNationalId,
    ),
  IN: (r) => r.until(() => `${r.digits(4)} ${r.digits(4)} ${r.digits(4)}`, isNationalId),
  IN_PAN: (r) => `${r.chars(LETTERS, 3)}P${r.chars(LETTERS, 1)}${r.digits(4)}${r.chars(LETTERS, 1)}`,
  KR: (r) => `${yymmdd(r)}-${r.int(1, 4)}${r.digits(6)}`,
  TW: (r) => r.until(() => `${r.chars(LETTERS, 1)}1${r.digits(8)}`, isNationalId),
  HK: (r) =>
    `A${r.digits(6)}(3)`.replace(
      /^.*$/,
      (id) => r.until(() => `A${r.digits(6)}(${r.digits(1)})`, isNationalId) || id,
    ),
  SG: (r) => r.until(() => `S${r.digits(7)}${r.pick([...'ABCDEFGHIZJ'])}`, isNationalId),
  MY: (r) => `${yymmdd(r)}-14-${r.digits(4)}`,
  ZA: (r) => r.until(() => `${yymmdd(r)}${r.digits(4)}08${r.digits(1)}`, isNationalId),
};

/** All-digit ids that only a field name or a word makes personal. */
export const LABELLED_IDS: readonly (readonly [field: string, word: string, draw: Draw])[] = [
  ['bsn', 'BSN', (r) => r.digits(9)],
  ['steuer_id', 'Steuer-ID', (r) => r.digits(11)],
  ['pesel', 'PESEL', (r) => r.digits(11)],
  ['sin', 'social insurance number', (r) => r.digits(9)],
  ['aadhaar', 'Aadhaar', (r) => r.digits(12)],
  ['tc_kimlik_no', 'TC kimlik', (r) => r.digits(11)],
  ['nhs_number', 'NHS number', (r) => r.digits(10)],
  ['taxId', 'tax id', (r) => r.digits(9)],
  ['マイナンバー', 'マイナンバー', (r) => r.digits(12)],
  ['tfn', 'TFN', (r) => r.digits(9)],
  ['cpf', 'CPF', (r) => r.digits(11)],
  ['身份证号', '身份证号', (r) => r.digits(15)],
];

const CARD_PREFIXES: readonly (readonly [string, number])[] = [
  ['4', 16],
  ['51', 16],
  ['2221', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['3528', 16],
  ['36', 14],
  ['62', 16],
  ['6759', 16],
];

export function cardNumber(random: Random): string {
  const [prefix, length] = random.pick(CARD_PREFIXES);
  return random.until(() => prefix + random.digits(length - prefix.length), isCardNumber);
}

const IBAN_FORMS: readonly (readonly [country: string, letters: number, length: number])[] = [
  ['DE', 0, 22],
  ['FR', 0, 27],
  ['GB', 4, 22],
  ['NL', 4, 18],
  ['ES', 0, 24],
  ['NO', 0, 15],
  ['PL', 0, 28],
  ['CH', 0, 21],
  ['IE', 4, 22],
  ['SE', 0, 24],
];

export function iban(random: Random): string {
  const [country, letters, length] = random.pick(IBAN_FORMS);
  const account = random.chars(LETTERS, letters) + random.digits(length - 4 - letters);
  const check = String(98 - mod97(`${account}${country}00`)).padStart(2, '0');
  return country + check + account;
}
