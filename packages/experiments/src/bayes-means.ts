import type { BayesianComparison } from './bayes-proportions.ts';
import type { Direction } from './definition.ts';
import { normalAbove, normalBelow, normalDensity } from './distributions/normal.ts';
import { checkMean, type MeanObservation } from './observation.ts';

/**
 * Normal model of a mean with a flat prior and the sample variance for the variance: the difference of the means is
 * N(d, s²) with s² the sum of variance / n (Gelman et al., "Bayesian Data Analysis", 3rd ed., 2.5). The expected loss
 * E[max(−D, 0)] = s φ(u) − d (1 − Φ(u)) with u = d / s is the unit normal loss of Raiffa and Schlaifer (1961).
 * Null without two observations on each side or without variance.
 */
export function bayesianMeans(
  control: MeanObservation,
  treatment: MeanObservation,
  direction: Direction,
): BayesianComparison | null {
  checkMean(control);
  checkMean(treatment);
  if (control.n < 2 || treatment.n < 2) return null;
  const deviation = Math.sqrt(control.variance / control.n + treatment.variance / treatment.n);
  if (deviation === 0) return null;
  const gain = direction === 'increase' ? treatment.mean - control.mean : control.mean - treatment.mean;
  const u = gain / deviation;
  const loss = deviation * (normalDensity(u) - u * normalAbove(u));
  return { chanceToBeatControl: normalBelow(u), expectedLoss: Math.max(0, loss) };
}
