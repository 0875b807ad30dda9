import { logMinus, stirlingRemainder } from './stirling.ts';

const MAX_TERMS = 100_000;
const EPSILON = 2 ** -53;
/** Keeps Lentz's algorithm from dividing by zero. */
const TINY = 1e-300;

export interface Tails {
  readonly lower: number;
  readonly upper: number;
}

/** Regularised incomplete gamma functions P(a, x) and Q(a, x), each exact in its own tail. */
export function incompleteGamma(a: number, x: number): Tails {
  if (!(a > 0) || !(x >= 0)) throw new RangeError(`incompleteGamma needs a > 0 and x ≥ 0, got ${a} and ${x}`);
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === Infinity) return { lower: 1, upper: 0 };
  // x^a e^−x / Γ(a)
  const front =
    Math.sqrt(a / (2 * Math.PI)) * Math.exp(a * logMinus(x / a, (x - a) / a) - stirlingRemainder(a));
  if (x < a + 1) {
    const lower = front * powerSeries(a, x);
    return { lower, upper: 1 - lower };
  }
  const upper = front * continuedFraction(a, x);
  return { lower: 1 - upper, upper };
}

/** Σ xⁿ / (a (a + 1) … (a + n)), DLMF 8.11.4. */
function powerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS; n += 1) {
    term *= x / (a + n);
    sum += term;
    if (term < sum * EPSILON) return sum;
  }
  throw new RangeError(`incompleteGamma(${a}, ${x}) did not converge`);
}

/** DLMF 8.9.2 in its even part, by the modified Lentz algorithm (Thompson and Barnett 1986). */
function continuedFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < MAX_TERMS; n += 1) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / notZero(numerator * d + b);
    c = notZero(b + numerator / c);
    const factor = c * d;
    fraction *= factor;
    if (Math.abs(factor - 1) < EPSILON * 4) return fraction;
  }
  throw new RangeError(`incompleteGamma(${a}, ${x}) did not converge`);
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
