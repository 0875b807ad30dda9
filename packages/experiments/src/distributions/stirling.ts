/**
 * Gamma functions enter every density here through what Stirling's formula leaves over, never through lnΓ itself:
 * differences of huge logarithms would cost half of the digits at a million observations (C. Loader, "Fast and
 * Accurate Computation of Binomial Probabilities", 2000).
 */

/** Coefficients B(2k) / (2k (2k − 1)) of Stirling's series, DLMF 5.11.1. */
const SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156] as const;
/** From here on the series above is exact to a double. */
const SERIES_FROM = 10;

/** δ(x) = lnΓ(x) − [(x − ½) ln x − x + ½ ln 2π], for x > 0. */
export function stirlingRemainder(x: number): number {
  let shifted = x;
  let sum = 0;
  // Γ(x + 1) = x Γ(x) turned into a step of δ.
  while (shifted < SERIES_FROM) {
    sum += (shifted + 0.5) * Math.log1p(1 / shifted) - 1;
    shifted += 1;
  }
  const inverse = 1 / shifted;
  let power = inverse;
  for (const coefficient of SERIES) {
    sum += coefficient * power;
    power *= inverse * inverse;
  }
  return sum;
}

/** ln(1 + x) − x without cancellation near 0: with s = x / (2 + x), ln(1 + x) = 2 artanh s (DLMF 4.6.4). */
export function log1pMinus(x: number): number {
  if (Math.abs(x) > 0.5) return Math.log1p(x) - x;
  const s = x / (2 + x);
  const square = s * s;
  let sum = 0;
  let power = 1;
  // s² ≤ 1/9 here, so each term is at most a ninth of the one before: 20 terms are beyond a double.
  for (let k = 3; k < 43; k += 2) {
    sum += power / k;
    power *= square;
  }
  return 2 * s * square * sum - s * x;
}

/** ln(ratio) − (ratio − 1): from ratio − 1 where they are close, from the ratio where it would vanish. */
export function logMinus(ratio: number, ratioMinusOne: number): number {
  return Math.abs(ratioMinusOne) <= 0.5 ? log1pMinus(ratioMinusOne) : Math.log(ratio) - ratioMinusOne;
}
