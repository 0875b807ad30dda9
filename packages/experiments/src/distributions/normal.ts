import { incompleteGamma } from './incomplete-gamma.ts';
import { upperQuantile } from './upper-quantile.ts';

/** Density of the standard normal distribution. */
export function normalDensity(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/** P(Z > z) = ½ erfc(z / √2), and erfc(x) = Q(½, x²) for x ≥ 0 (DLMF 7.11.2). Exact in the far tail. */
export function normalAbove(z: number): number {
  const { lower, upper } = incompleteGamma(0.5, (z * z) / 2);
  return z >= 0 ? upper / 2 : 0.5 + lower / 2;
}

export function normalBelow(z: number): number {
  return normalAbove(-z);
}

/** The z with P(Z > z) = `probability`; 1.96 for 0.025. */
export function normalUpperQuantile(probability: number): number {
  return upperQuantile({ probabilityAbove: normalAbove, density: normalDensity }, probability);
}
