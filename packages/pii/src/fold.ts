/**
 * A text as a reader would see it: percent-encoding, character references and escapes decoded, full-width and other
 * digits made ASCII, invisible characters dropped. Keeps where every unit came from, so spans map back.
 */
export interface Folded {
  readonly text: string;
  /** Folded UTF-16 index → original index; one entry more than units. Undefined: nothing changed. */
  readonly map: Int32Array | undefined;
}

/** Longer texts are folded too, but character references only up to this length each. */
const MAX_REFERENCE = 10;

class FoldBuffer {
  private text = '';
  private origins: Int32Array;
  changed = false;

  constructor(sizeHint: number) {
    this.origins = new Int32Array(sizeHint + 1);
  }

  push(chars: string, origin: number): void {
    this.reserve(chars.length);
    for (let i = 0; i < chars.length; i++) this.origins[this.text.length + i] = origin;
    this.text += chars;
  }

  /** Units that stay as they are, each from its own place. */
  keep(source: string, start: number, end: number): void {
    this.reserve(end - start);
    for (let i = start; i < end; i++) this.origins[this.text.length + i - start] = i;
    this.text += source.slice(start, end);
  }

  finish(sourceLength: number): Folded {
    this.reserve(1);
    this.origins[this.text.length] = sourceLength;
    return { text: this.text, map: this.origins.subarray(0, this.text.length + 1) };
  }

  private reserve(more: number): void {
    if (this.text.length + more < this.origins.length) return;
    const wider = new Int32Array((this.text.length + more) * 2);
    wider.set(this.origins);
    this.origins = wider;
  }
}

function hexByte(text: string, index: number): number {
  const pair = text.slice(index, index + 2);
  return /^[0-9A-Fa-f]{2}$/.test(pair) ? Number.parseInt(pair, 16) : -1;
}

/** Decodes a run of %XX (also %25XX, encoded twice) starting at `index`; returns the length consumed or 0. */
function percentRun(text: string, index: number, out: FoldBuffer): number {
  let byteLength = 3;
  let skip = 1;
  while (text.startsWith('25', index + skip) && hexByte(text, index + skip + 2) >= 0 && skip < 7) skip += 2;
  byteLength = skip + 2;
  const first = hexByte(text, index + skip);
  if (first < 0) return 0;
  const count = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (count === 0) return 0;
  const bytes = [first];
  let position = index + byteLength;
  while (bytes.length < count && text.charAt(position) === '%') {
    const next = hexByte(text, position + skip);
    if (next < 0) return 0;
    bytes.push(next);
    position += byteLength;
  }
  if (bytes.length < count) return 0;
  const decoded = Buffer.from(bytes).toString('utf8');
  if (decoded.includes('\ufffd')) return 0;
  out.push(foldChar(decoded), index);
  return position - index;
}

const NAMED_REFERENCES: Readonly<Record<string, string>> = {
  commat: '@',
  period: '.',
  plus: '+',
  amp: '&',
  nbsp: ' ',
  quot: '"',
  lowbar: '_',
  hyphen: '-',
  num: '#',
  colon: ':',
  lpar: '(',
  rpar: ')',
};

/** `&#64;`, `&#x40;`, `&commat;` at `index`. */
function reference(text: string, index: number, out: FoldBuffer): number {
  const size = text.slice(index, index + MAX_REFERENCE + 1).indexOf(';');
  if (size < 0) return 0;
  const body = text.slice(index + 1, index + size);
  const named = NAMED_REFERENCES[body];
  const code = /^#\d{2,6}$/.test(body)
    ? Number(body.slice(1))
    : /^#[xX][0-9A-Fa-f]{2,5}$/.test(body)
      ? Number.parseInt(body.slice(2), 16)
      : -1;
  if (named === undefined && (code < 32 || code > 0x10ffff)) return 0;
  out.push(named ?? foldChar(String.fromCodePoint(code)), index);
  return size + 1;
}

/** `\u0040` and `\x40` at `index`. */
function escapeSequence(text: string, index: number, out: FoldBuffer): number {
  const size = text.charAt(index + 1) === 'u' ? 4 : text.charAt(index + 1) === 'x' ? 2 : 0;
  if (size === 0) return 0;
  const hex = text.slice(index + 2, index + 2 + size);
  if (hex.length !== size || !/^[0-9A-Fa-f]+$/.test(hex)) return 0;
  out.push(foldChar(String.fromCharCode(Number.parseInt(hex, 16))), index);
  return 2 + size;
}

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
const DASH = /[\u2010-\u2015\u2212\u30fc\ufe58\ufe63\uff0d]/;
const SPACE = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/;
/** The first code points of the decimal digit blocks that people type. */
const DIGIT_ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
  0x1040, 0x17e0, 0x1810, 0xff10, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
];

function foldDigit(code: number): string | undefined {
  for (const zero of DIGIT_ZEROS) if (code >= zero && code < zero + 10) return String(code - zero);
  return undefined;
}

/** One character (maybe a surrogate pair) folded; '' when invisible. Letters of other scripts stay. */
export function foldChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x80) return char;
  if (INVISIBLE.test(char)) return '';
  if (DASH.test(char)) return '-';
  if (SPACE.test(char)) return ' ';
  const digit = foldDigit(code);
  if (digit !== undefined) return digit;
  const compatible =
    (code >= 0xff01 && code <= 0xff5e) ||
    (code >= 0x1d400 && code <= 0x1d7ff) ||
    (code >= 0x2460 && code <= 0x24ff) ||
    (code >= 0x2070 && code <= 0x209f) ||
    code === 0xfe6b ||
    code === 0xfe52 ||
    code === 0xb2 ||
    code === 0xb3 ||
    code === 0xb9;
  if (compatible) return char.normalize('NFKC');
  if (code === 0x3002 || code === 0xff61 || code === 0x2024) return '.';
  return char;
}

function foldAt(text: string, index: number, out: FoldBuffer): number {
  const code = text.charCodeAt(index);
  if (code === 37) return percentRun(text, index, out);
  if (code === 38) return reference(text, index, out);
  if (code === 92) return escapeSequence(text, index, out);
  if (code < 0x80) return 0;
  const char = String.fromCodePoint(text.codePointAt(index) ?? code);
  const folded = foldChar(char);
  if (folded === char) return 0;
  out.push(folded, index);
  return char.length;
}

/** The cheapest test for a unit that may have to change. */
function isPlain(code: number): boolean {
  return code < 0x80 && code !== 37 && code !== 38 && code !== 92;
}

export function fold(text: string): Folded {
  const out = new FoldBuffer(text.length);
  let kept = 0;
  let i = 0;
  while (i < text.length) {
    if (isPlain(text.charCodeAt(i))) {
      i++;
      continue;
    }
    out.keep(text, kept, i);
    const used = foldAt(text, i, out);
    if (used > 0) out.changed = true;
    kept = i + used;
    i += used > 0 ? used : 1;
  }
  if (!out.changed) return { text, map: undefined };
  out.keep(text, kept, text.length);
  return out.finish(text.length);
}
