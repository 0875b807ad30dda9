/**
 * Textbook formulas, written down again here and computed in the plainest way: what the product says is held to them, so they
 * share no code with it.
 */

const STEPS = 4_000;

/** Simpson's rule. */
function integrate(f: (x: number) => number, from: number, to: number): number {
  const width = (to - from) / STEPS;
  let total = f(from) + f(to);
  for (let i = 1; i < STEPS; i++) total += f(from + i * width) * (i % 2 === 1 ? 4 : 2);
  return (total * width) / 3;
}

/** Chance of a standard normal to be further from 0 than z. */
export const normalTwoSided = (z: number): number =>
  1 - Math.sqrt(2 / Math.PI) * integrate((x) => Math.exp((-x * x) / 2), 0, Math.min(Math.abs(z), 40));

/** The same of Student's t: with x = √df · tan θ its density is a power of the cosine. */
function studentTwoSided(t: number, df: number): number {
  const density = (angle: number) => Math.cos(angle) ** (df - 1);
  const inside = integrate(density, 0, Math.atan(Math.abs(t) / Math.sqrt(df)));
  return 1 - inside / integrate(density, 0, Math.PI / 2);
}

export interface Rate {
  readonly n: number;
  readonly conversions: number;
}

/** Two-proportion z-test, pooled; its interval of 95 %, unpooled. */
export function compareRates(a: Rate, b: Rate) {
  const [pa, pb] = [a.conversions / a.n, b.conversions / b.n];
  const pooled = (a.conversions + b.conversions) / (a.n + b.n);
  const z = (pb - pa) / Math.sqrt(pooled * (1 - pooled) * (1 / a.n + 1 / b.n));
  const margin = 1.959963984540054 * Math.sqrt((pa * (1 - pa)) / a.n + (pb * (1 - pb)) / b.n);
  return { difference: pb - pa, low: pb - pa - margin, high: pb - pa + margin, pValue: normalTwoSided(z) };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
}

/** Welch's t-test. */
export function compareSamples(a: readonly number[], b: readonly number[]) {
  const [ea, eb] = [varianceOf(a) / a.length, varianceOf(b) / b.length];
  const difference = meanOf(b) - meanOf(a);
  const df = (ea + eb) ** 2 / (ea ** 2 / (a.length - 1) + eb ** 2 / (b.length - 1));
  return { difference, pValue: studentTwoSided(difference / Math.sqrt(ea + eb), df) };
}

/** Pearson's chi-square of two counts against weights; with one degree of freedom it is the square of a normal. */
export function splitPValue(counts: readonly [number, number], weights: readonly [number, number]): number {
  const total = counts[0] + counts[1];
  const expected = weights.map((w) => (total * w) / (weights[0] + weights[1]));
  const statistic = counts.reduce((sum, n, i) => sum + (n - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1), 0);
  return normalTwoSided(Math.sqrt(statistic));
}

/** Chance that b's rate is above a's, both with a flat prior (Miller, "Formulas for Bayesian A/B Testing", 2015). */
export function chanceToBeat(a: Rate, b: Rate): number {
  const logs = [0];
  for (let i = 1; i <= a.n + b.n + 4; i++) logs.push((logs[i - 1] ?? 0) + Math.log(i));
  const logGamma = (k: number) => logs[k - 1] ?? Number.NaN;
  const logBeta = (x: number, y: number) => logGamma(x) + logGamma(y) - logGamma(x + y);
  const [xa, ya] = [a.conversions + 1, a.n - a.conversions + 1];
  const [xb, yb] = [b.conversions + 1, b.n - b.conversions + 1];
  let chance = 0;
  for (let i = 0; i < xb; i++) {
    chance += Math.exp(logBeta(xa + i, ya + yb) - Math.log(yb + i) - logBeta(1 + i, yb) - logBeta(xa, ya));
  }
  return chance;
}
