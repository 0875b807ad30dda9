import { digitsOf } from './char-kinds.ts';
import { CALLING_CODES, NATIONAL_PATTERNS, NATIONAL_SHAPES } from './phone-data.ts';

/** Calling code → possible lengths of the national number (E.164 and the national plans). */
const LENGTHS: ReadonlyMap<string, readonly number[]> = new Map(
  CALLING_CODES.split(' ').map((row) => {
    const [code = '', lengths = ''] = row.split(':');
    return [code, lengths.split(',').map(Number)];
  }),
);

interface ShapeRule {
  readonly prefix: string;
  readonly pattern: number;
}

/** Written shape (`ddd ddd dddd`) → the countries that write numbers so. */
const SHAPES: ReadonlyMap<string, readonly ShapeRule[]> = new Map(
  NATIONAL_SHAPES.map((row) => {
    const [shape = '', refs = ''] = row.split('|');
    const rules = refs.split(',').map((ref) => {
      const [prefix = '', pattern = ''] = ref.split(':');
      return { prefix, pattern: Number(pattern) };
    });
    return [shape, rules];
  }),
);

const compiled = new Map<number, RegExp>();

function patternOf(index: number): RegExp {
  const known = compiled.get(index);
  if (known !== undefined) return known;
  const pattern = new RegExp(`^(?:${NATIONAL_PATTERNS[index] ?? '(?!)'})$`);
  compiled.set(index, pattern);
  return pattern;
}

/** Digits after + (or 00): a known calling code and a length its plan allows, with or without the trunk 0. */
export function isInternational(digits: string): boolean {
  for (let size = 1; size <= 3; size++) {
    const lengths = LENGTHS.get(digits.slice(0, size));
    if (lengths === undefined) continue;
    const national = digits.length - size;
    if (lengths.includes(national)) return true;
    if (digits.charAt(size) === '0' && lengths.includes(national - 1)) return true;
  }
  return false;
}

/** A national number as one of the world's plans writes it, with digits that plan allows. */
export function isNationalShape(written: string): boolean {
  const trimmed = written.replace(/[‐-―]/g, '-').replace(/\./g, '-');
  const rules =
    SHAPES.get(trimmed.replace(/\d/g, 'd')) ?? SHAPES.get(trimmed.replace(/-/g, ' ').replace(/\d/g, 'd'));
  if (rules === undefined) return false;
  const digits = digitsOf(written);
  for (const { prefix, pattern } of rules) {
    if (digits.startsWith(prefix) && patternOf(pattern).test(digits.slice(prefix.length))) return true;
  }
  return false;
}
