import type { Tails } from './incomplete-gamma.ts';
import { logMinus, stirlingRemainder } from './stirling.ts';

/** Far above what 10¹⁰ observations need. */
const MAX_STEPS = 100_000;
const EPSILON = 2 ** -51;
/** Keeps Lentz's algorithm from dividing by zero. */
const TINY = 1e-300;

/** A point of the unit interval with its complement, both exact: `1 − x` loses what a p-value of 10⁻³⁰⁰ is made of. */
export interface UnitPoint {
  readonly x: number;
  readonly complement: number;
}

export function unitPoint(x: number): UnitPoint {
  return { x, complement: 1 - x };
}

/** Regularised incomplete beta function I_x(a, b) = CDF of Beta(a, b), and its complement, each exact in its tail. */
export function betaTails(point: UnitPoint, a: number, b: number): Tails {
  if (!(a > 0) || !(b > 0)) throw new RangeError(`betaTails needs a > 0 and b > 0, got ${a} and ${b}`);
  const { x, complement } = point;
  if (!(x >= 0) || !(complement >= 0)) throw new RangeError(`betaTails needs 0 ≤ x ≤ 1, got ${x}`);
  if (x === 0) return { lower: 0, upper: 1 };
  if (complement === 0) return { lower: 1, upper: 0 };
  const front = powerTerm(point, a, b);
  if (x * (a + b + 2) < a + 1) {
    const lower = front / continuedFraction(point, a, b);
    return { lower, upper: 1 - lower };
  }
  const upper = front / continuedFraction({ x: complement, complement: x }, b, a);
  return { lower: 1 - upper, upper };
}

/** Density of Beta(a, b), for a, b ≥ 1 (bounded there). */
export function betaDensity(point: UnitPoint, a: number, b: number): number {
  const { x, complement } = point;
  if (x <= 0) return a === 1 ? b : 0;
  if (complement <= 0) return b === 1 ? a : 0;
  return powerTerm(point, a, b) / (x * complement);
}

/** xᵃ (1 − x)ᵇ / B(a, b) in Loader's saddle-point form. */
function powerTerm({ x, complement }: UnitPoint, a: number, b: number): number {
  const offset = x * b - complement * a; // (a + b) x − a
  const deviance =
    a * logMinus((x * (a + b)) / a, offset / a) + b * logMinus((complement * (a + b)) / b, -offset / b);
  const remainders = stirlingRemainder(a + b) - stirlingRemainder(a) - stirlingRemainder(b);
  return Math.sqrt(((a / (a + b)) * b) / (2 * Math.PI)) * Math.exp(deviance + remainders);
}

/**
 * What x^a (1 − x)^b / B(a, b) is divided by to give I_x(a, b): the continued fraction of DiDonato and Morris,
 * "Algorithm 708" (ACM TOMS 18, 1992), eq. 9. Unlike DLMF 8.17.22 it takes the complement as given, which a t-test
 * with 10⁹ degrees of freedom needs. Evaluated by the modified Lentz algorithm (Thompson and Barnett 1986).
 */
function continuedFraction({ x, complement }: UnitPoint, a: number, b: number): number {
  const slope = a * complement - b * x + 1;
  let fraction = notZero((a * slope) / (a + 1));
  let c = fraction;
  let d = 0;
  for (let m = 1; m < MAX_STEPS; m += 1) {
    const width = a + 2 * m - 1;
    const w = (m * (b - m) * x) / width;
    const numerator = (((a + m - 1) * (a + b + m - 1)) / width) * x * w;
    const term = m + w + ((a + m) * (slope + m * (1 + complement))) / (width + 2);
    d = 1 / notZero(term + numerator * d);
    c = notZero(term + numerator / c);
    const factor = c * d;
    fraction *= factor;
    if (Math.abs(factor - 1) < EPSILON) return fraction;
  }
  throw new RangeError(`betaTails(${x}, ${a}, ${b}) did not converge`);
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
