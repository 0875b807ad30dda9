import { isAlnum, isAsciiLetter, isDigit, isWord } from './char-kinds.ts';
import { mod97 } from './checksums.ts';
import type { FindingList } from './findings.ts';

/** IBAN lengths by country, from the SWIFT IBAN registry (ISO 13616). */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18
   FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20
   LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24
   SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
   AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28`
    .split(/\s+/)
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

/** Collects `length` letters and digits from `start`, skipping single spaces and dashes between them. */
function collect(
  text: string,
  start: number,
  length: number,
): { readonly value: string; readonly end: number } | undefined {
  let value = '';
  let i = start;
  while (value.length < length && i < text.length) {
    const code = text.charCodeAt(i);
    if (isAlnum(code)) value += text.charAt(i);
    else if (!((code === 32 || code === 45 || code === 46) && isAlnum(text.charCodeAt(i - 1))))
      return undefined;
    i++;
  }
  return value.length === length ? { value: value.toUpperCase(), end: i } : undefined;
}

/** The form of IBANs of countries outside the registry: bank letters, then digits. */
const FORM = /^[A-Z]{2}\d{2}(?: ?[A-Z]{4}){0,2}(?: ?\d){9,28}(?![0-9A-Za-z])/;

function unregistered(
  text: string,
  start: number,
): { readonly value: string; readonly end: number } | undefined {
  const match = FORM.exec(text.slice(start, start + 44).toUpperCase());
  return match === null ? undefined : { value: match[0].replace(/ /g, ''), end: start + match[0].length };
}

/** Country, two check digits, BBAN of the country's length, mod 97 = 1. */
export function findIbans(text: string, found: FindingList): void {
  for (let i = 0; i + 14 < text.length; i++) {
    if (
      !isDigit(text.charCodeAt(i + 2)) ||
      !isAsciiLetter(text.charCodeAt(i)) ||
      !isAsciiLetter(text.charCodeAt(i + 1))
    )
      continue;
    if (!isDigit(text.charCodeAt(i + 3))) continue;
    if (i > 0 && isWord(text.charCodeAt(i - 1)) && text.charCodeAt(i - 1) < 128) continue;
    const length = LENGTHS.get(text.slice(i, i + 2).toUpperCase());
    const registered = length === undefined ? undefined : collect(text, i, length);
    const run =
      registered !== undefined && !isAlnum(text.charCodeAt(registered.end))
        ? registered
        : unregistered(text, i);
    if (run === undefined) continue;
    if (mod97(run.value.slice(4) + run.value.slice(0, 4)) !== 1) continue;
    found.add('IBAN', i, run.end, 0.99);
    i = run.end - 1;
  }
}
