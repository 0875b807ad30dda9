export const UUID_BYTES = 36;
const HYPHEN = 45;

/** Whether a UUID in either case stands at `start` to `end`. */
export function isUuidAt(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== UUID_BYTES) return false;
  for (let i = 0; i < UUID_BYTES; i++) {
    const code = bytes[start + i] as number;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (code !== HYPHEN) return false;
    } else if (!isHex(code)) return false;
  }
  return true;
}

const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
