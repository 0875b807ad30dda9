import type { PriceProblemCode } from './price-problem.ts';

/** A price of a dollar a token is beyond any list; more is a slip of the unit. */
export const MAX_PRICE_USD = 1_000_000;
const DIGITS = 9;
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d*))?$/;

export type Decimal =
  | { readonly ok: true; readonly nanos: number }
  | { readonly ok: false; readonly code: PriceProblemCode; readonly message: string };

const bad = (code: PriceProblemCode, message: string): Decimal => ({ ok: false, code, message });

/** A decimal, as text or as a JSON number, to whole billionths; refused where it does not fit exactly. */
export function readDecimal(given: unknown, max: number = MAX_PRICE_USD): Decimal {
  const text = typeof given === 'number' ? textOf(given) : given;
  const [, sign, whole, fraction = ''] = (typeof text === 'string' ? DECIMAL.exec(text) : null) ?? [];
  if (whole === undefined) return bad('invalid_price', 'is not a decimal number such as "2.50"');
  const kept = fraction.replace(/0+$/, '');
  if (sign === '-') return bad('negative_price', 'is below zero');
  if (kept.length > DIGITS) return bad('too_precise', `has more than ${DIGITS} decimal places`);
  const nanos = Number(whole + kept.padEnd(DIGITS, '0'));
  if (Number(whole) > max || nanos > max * 10 ** DIGITS) return bad('price_too_high', `is above ${max}`);
  return { ok: true, nanos };
}

/** JSON numbers are told to a billionth as people wrote them; what has more digits keeps them and is refused. */
function textOf(number: number): string {
  const fixed = number.toFixed(DIGITS);
  return Number(fixed) === number ? fixed : String(number);
}

/** Billionths back to a decimal without trailing zeros. */
export function decimalText(nanos: number): string {
  const digits = String(nanos).padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
  return fraction === '' ? digits.slice(0, -DIGITS) : `${digits.slice(0, -DIGITS)}.${fraction}`;
}
