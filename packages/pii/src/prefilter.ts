/** What a text contains at all, as bits: each recognizer runs only when its bit is set. */
export const HAS_AT = 1;
export const HAS_DIGITS = 2;
export const HAS_COLON = 4;
export const HAS_DOTTED = 8;
export const HAS_LONG_RUN = 16;
export const HAS_ENCODED = 32;
export const HAS_NON_ASCII = 64;
export const HAS_ASSIGN = 128;
export const HAS_SPACE = 256;
export const HAS_BRACKET = 512;
export const HAS_SECRET_LETTERS = 1024;
export const HAS_ANY_DIGIT = 2048;
export const HAS_AT_WORDS = 4096;
export const HAS_DASHES = 8192;
export const HAS_DOTTED_HEX = 16384;
export const HAS_SLASH = 32768;
export const HAS_CONTROL = 65536;

const DIGIT = 1;
const RUN = 2;
const LETTER = 4;

/** Per ASCII code: digit, member of a token run, letter. */
const CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (char >= '0' && char <= '9') CLASSES[code] = DIGIT | RUN;
  else if (/[A-Za-z]/.test(char)) CLASSES[code] = LETTER | RUN;
  else if ('_-'.includes(char)) CLASSES[code] = RUN;
}

/** Bits of single characters that matter by being there. */
const SINGLES = new Uint32Array(128);
SINGLES.fill(HAS_CONTROL, 0, 32);
SINGLES[127] = HAS_CONTROL;
SINGLES[64] = HAS_AT;
SINGLES[58] = HAS_COLON | HAS_ASSIGN;
SINGLES[61] = HAS_ASSIGN;
SINGLES[37] = HAS_ENCODED;
SINGLES[38] = HAS_ENCODED;
SINGLES[92] = HAS_ENCODED;
SINGLES[32] = HAS_SPACE;
SINGLES[9] = HAS_SPACE | HAS_CONTROL;
SINGLES[10] = HAS_SPACE | HAS_CONTROL;
SINGLES[91] = HAS_BRACKET;
SINGLES[126] = HAS_LONG_RUN;
SINGLES[43] = HAS_SLASH;
SINGLES[47] = HAS_SLASH;

const letterBits = (word: string): number => {
  let bits = 0;
  for (const char of word) bits |= 1 << (char.charCodeAt(0) & 31);
  return bits;
};
/** Letters without which no password, secret or token word can be spelled in ASCII. */
const SECRET_WORDS = [
  'pasword',
  'pas',
  'pwd',
  'pw',
  'secrt',
  'tokn',
  'senha',
  'kenwort',
  'clav',
  'parol',
  'bearer',
  'basic',
  'sifre',
  'haslo',
  'losen',
  'wachtword',
].map(letterBits);
const AT_DOT = letterBits('atdo');

/** Fewer digits than this make no number worth looking at without context. */
const MIN_DIGITS = 4;
/** Separators of a MAC address written with dashes. */
const MAC_DASHES = 5;
const LONG_RUN = 16;

/** The one cheap pass over every text; everything that returns 0 is clean. */
export function inspect(text: string): number {
  let bits = 0;
  let digits = 0;
  let dots = 0;
  let run = 0;
  let longest = 0;
  let letters = 0;
  let dashes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) {
      bits |= HAS_NON_ASCII;
      run = 0;
      continue;
    }
    const kind = CLASSES[code] ?? 0;
    if (kind === 0) {
      bits |= SINGLES[code] ?? 0;
      if (code === 46) dots++;
      run = 0;
      continue;
    }
    run++;
    if (run > longest) longest = run;
    if (kind & DIGIT) digits++;
    else if (kind & LETTER) letters |= 1 << (code & 31);
    else if (code === 45) dashes++;
  }
  if (dashes >= MAC_DASHES) bits |= HAS_DASHES;
  return bits | summary(bits, digits, dots, longest, letters);
}

/** {@link inspect} over the bytes of a text, with the same answer where they are ASCII; HAS_NON_ASCII where they are not. */
export function inspectBytes(bytes: Uint8Array, start: number, end: number): number {
  let bits = 0;
  let digits = 0;
  let dots = 0;
  let run = 0;
  let longest = 0;
  let letters = 0;
  let dashes = 0;
  for (let i = start; i < end; i++) {
    const code = bytes[i] as number;
    if (code > 127) return HAS_NON_ASCII;
    const kind = CLASSES[code] as number;
    if (kind === 0) {
      bits |= SINGLES[code] as number;
      if (code === 46) dots++;
      run = 0;
      continue;
    }
    run++;
    if (run > longest) longest = run;
    if (kind & DIGIT) digits++;
    else if (kind & LETTER) letters |= 1 << (code & 31);
    else if (code === 45) dashes++;
  }
  if (dashes >= MAC_DASHES) bits |= HAS_DASHES;
  return bits | summary(bits, digits, dots, longest, letters);
}

function summary(bits: number, digits: number, dots: number, longest: number, letters: number): number {
  let result = 0;
  if (digits > 0) result |= HAS_ANY_DIGIT;
  if (digits >= MIN_DIGITS) result |= HAS_DIGITS;
  if (dots >= 3 && digits >= 4) result |= HAS_DOTTED;
  if (dots >= 2 && digits > 0) result |= HAS_DOTTED_HEX;
  if (longest >= LONG_RUN) result |= HAS_LONG_RUN;
  if (bits & (HAS_SPACE | HAS_ASSIGN)) {
    for (const word of SECRET_WORDS) {
      if ((letters & word) === word) {
        result |= HAS_SECRET_LETTERS;
        break;
      }
    }
    if ((letters & AT_DOT) === AT_DOT) result |= HAS_AT_WORDS;
  }
  return result;
}

function isHexCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

/** A bare UUID. */
export function isUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(i);
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== 45) return false;
    } else if (!isHexCode(code)) return false;
  }
  return true;
}

/** An ISO 8601 date, or date and time, that fills the whole text. */
export function isIsoTimestamp(text: string): boolean {
  if (text.length < 10 || text.length > 35) return false;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  return /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?$/.test(
    text,
  );
}

/** A whole text that is one hexadecimal digest or trace id: at least 16 characters, letters and digits. */
export function isHexDigest(text: string): boolean {
  if (text.length < 16 || text.length > 128) return false;
  let letters = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!isHexCode(code)) return false;
    if (code > 57) letters++;
  }
  return letters > 0;
}
