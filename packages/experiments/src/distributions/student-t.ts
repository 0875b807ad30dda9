import { betaTails } from './beta.ts';
import { log1pMinus, stirlingRemainder } from './stirling.ts';
import { upperQuantile } from './upper-quantile.ts';

/** P(|T| > |t|) = I_x(df/2, ½) with x = df / (df + t²), DLMF 8.17 and Abramowitz and Stegun 26.7.1. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  const ratio = (t * t) / degreesOfFreedom;
  const point = { x: 1 / (1 + ratio), complement: 1 / (1 + 1 / ratio) };
  return betaTails(point, degreesOfFreedom / 2, 0.5).lower;
}

/** The t with P(T > t) = `probability`. */
export function studentUpperQuantile(probability: number, degreesOfFreedom: number): number {
  return upperQuantile(
    {
      probabilityAbove: (t) => studentTwoSided(t, degreesOfFreedom) / 2,
      density: (t) => studentDensity(t, degreesOfFreedom),
    },
    probability,
  );
}

/** Γ((df + 1)/2) / (√(π df) Γ(df/2)) · (1 + t²/df)^(−(df + 1)/2), the gammas by Stirling's remainder. */
function studentDensity(t: number, degreesOfFreedom: number): number {
  const a = degreesOfFreedom / 2;
  const gammas = a * log1pMinus(0.5 / a) + stirlingRemainder(a + 0.5) - stirlingRemainder(a);
  const kernel = -(a + 0.5) * Math.log1p((t * t) / degreesOfFreedom);
  return Math.exp(gammas + kernel) / Math.sqrt(2 * Math.PI);
}
