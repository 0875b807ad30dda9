import type { Refusal } from '@fineprint/stream-runtime';

/** Why a column of the product document cannot hold a value. Stable: dead letters name them. */
export type RefusalCode =
  | 'value_too_long' // VARCHAR(n)
  | 'value_out_of_range' // INTEGER, DECIMAL(p, s)
  | 'value_missing'; // NOT NULL

const INT4_MAX = 2_147_483_647;

/** Names the column and its limit, never the value. */
export const refuse = (code: RefusalCode, column: string, why: string): Refusal => ({
  type: 'dead-letter',
  code,
  message: `${column} ${why}`,
  path: `$.${column}`,
});

/** Postgres counts characters, which are never more than code units. */
export function tooLong(column: string, value: string | null, maxChars: number): Refusal | null {
  if (value === null || value.length <= maxChars || [...value].length <= maxChars) return null;
  return refuse('value_too_long', column, `has more than ${maxChars} characters`);
}

export function noInteger(column: string, value: number): Refusal | null {
  return Math.abs(Math.round(value)) <= INT4_MAX
    ? null
    : refuse('value_out_of_range', column, 'is no INTEGER');
}

/** As many units of 10^-scale as the decimal text of a number says, rounded half away from zero as Postgres does. */
export function unitsOf(value: number, scale: number): number {
  const text = String(Math.abs(value));
  // Numbers below 1e-6 are written with an exponent, and are nothing at four places or less.
  const units = text.includes('e-') ? 0 : Math.round(Number(`${text}e${scale}`));
  return value < 0 ? -units : units;
}

export function noDecimal(
  column: string,
  value: number | null,
  precision: number,
  scale: number,
): Refusal | null {
  if (value === null || Math.abs(unitsOf(value, scale)) < 10 ** precision) return null;
  return refuse('value_out_of_range', column, `is no DECIMAL(${precision},${scale})`);
}
