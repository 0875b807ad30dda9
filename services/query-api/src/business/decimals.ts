/** Decimals as ClickHouse writes them, up to six digits: `12.5`, `-3`. Counted in millionths, so nothing is rounded. */
const UNITS = 1_000_000n;

export function unitsOf(decimal: string): bigint {
  const [, sign, whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  if (sign === undefined) throw new Error('not a decimal of six digits');
  const units = BigInt(whole) * UNITS + BigInt(fraction.padEnd(6, '0'));
  return sign === '-' ? -units : units;
}

export function decimalOf(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(7, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

export const addDecimals = (all: readonly string[]): string =>
  decimalOf(all.reduce((sum, decimal) => sum + unitsOf(decimal), 0n));

/** A share, rounded to six digits, halves up; null of none. */
export function shareOf(decimal: string, count: number): string | null {
  if (count <= 0) return null;
  const [units, n] = [unitsOf(decimal), BigInt(count)];
  return decimalOf((units * 2n + n) / (n * 2n));
}

/** One amount by another, as a number; null where the other is 0. */
export function ratioOf(decimal: string, by: string): number | null {
  const divisor = unitsOf(by);
  return divisor === 0n ? null : Number(unitsOf(decimal)) / Number(divisor);
}
