/** Character tests shared by the recognizers; codes are UTF-16 units. NaN (out of range) is never anything. */

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isAsciiLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

export function isAlnum(code: number): boolean {
  return isDigit(code) || isAsciiLetter(code);
}

export function isHex(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

/** ASCII word character, or any letter-like unit beyond ASCII. */
export function isWord(code: number): boolean {
  return isAlnum(code) || code === 95 || (code > 127 && WIDE_WORD.test(String.fromCharCode(code)));
}

/** Surrogates count as word characters: most are letters or emoji inside words. */
const WIDE_WORD = /[\p{L}\p{M}\p{N}\ud800-\udfff]/u;

export function isWideLetter(code: number): boolean {
  return code > 127 && WIDE_WORD.test(String.fromCharCode(code));
}

/** Letters of scripts written without spaces or case: they end Latin words. */
const UNCASED = /[\p{Lo}]/u;
export function isUncasedLetter(code: number): boolean {
  return code > 127 && UNCASED.test(String.fromCharCode(code));
}

export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
