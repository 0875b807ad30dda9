/** Field names and words of any script as lists of lower-case tokens: `shippingAddress.line1` → shipping address line 1. */

const TOKEN = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[\p{Lo}\p{Lm}\p{M}]+|\p{Nd}+/gu;
const LATIN_MARKS = /[\u0300-\u036f]/g;
/** Latin letters that have no decomposition. */
const SPECIAL: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  þ: 'th',
  ð: 'd',
};
const SPECIAL_LETTERS = /[ßøłđæœıþð]/g;

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

/** Accents off (Latin, Greek, Cyrillic), marks of other scripts kept; lower case. */
export function plainLower(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(LATIN_MARKS, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(LATIN_MARKS, '')
    .replace(SPECIAL_LETTERS, (letter) => SPECIAL[letter] ?? letter);
}

/** Splits at case changes, digits and everything that is no letter. */
export function tokenize(name: string): string[] {
  const composed = isAscii(name) ? name : name.normalize('NFC');
  const tokens: string[] = [];
  for (const match of composed.matchAll(TOKEN)) tokens.push(plainLower(match[0]));
  return tokens;
}
