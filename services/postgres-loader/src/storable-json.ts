/** An escape of JSON text: a code unit by number, or one character. */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|[^u])/g;
/** Cheap to look for, and absent from nearly every text. */
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/;
const REPLACEMENT = '\\ufffd';

/**
 * JSON text as JSONB can hold it. JSON allows what no text of Postgres can be: the character NUL, and half a surrogate pair.
 * Each of them becomes U+FFFD, which stands for "a character that could not be kept"; the rest stays as it was.
 */
export function storableJson(text: string): string {
  return SUSPECT.test(text) ? text.replace(ESCAPE, replaceUnit) : text;
}

function replaceUnit(whole: string, unit: string | undefined, low: string | undefined): string {
  if (unit === undefined) return whole;
  const code = Number.parseInt(unit, 16);
  const isHigh = code >= 0xd800 && code <= 0xdbff;
  if (isHigh) return low === undefined ? REPLACEMENT : whole;
  const isBad = code === 0 || (code >= 0xdc00 && code <= 0xdfff);
  const first = isBad ? REPLACEMENT : `\\u${unit}`;
  // A low half that stood behind something else than a high one is alone, too.
  return low === undefined ? first : first + REPLACEMENT;
}

const EMPTY = /^\{\s*\}$/;

/** A JSON object's text with more fields at its end; where a name is there twice, JSONB keeps the last one. */
export function withFields(object: string, fields: readonly string[]): string {
  if (fields.length === 0) return object;
  const text = object.trim();
  const separator = EMPTY.test(text) ? '' : ',';
  return `${text.slice(0, -1)}${separator}${fields.join(',')}}`;
}

/** One field, or none where the value is not known. */
export function fieldOf(name: string, value: string | number | null): string[] {
  return value === null ? [] : [`"${name}":${JSON.stringify(value)}`];
}

/** A field whose value is JSON already; text that is none stays text. */
export function jsonFieldOf(name: string, json: string | null): string[] {
  if (json === null) return [];
  return [`"${name}":${isJson(json) ? json : JSON.stringify(json)}`];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
