import { studentTwoSided, studentUpperQuantile } from './distributions/student-t.ts';
import { differenceInterval, relativeLiftInterval } from './interval.ts';
import { checkLevel, checkMean, type MeanObservation } from './observation.ts';
import type { TwoSampleTest } from './two-proportions.ts';

export interface WelchTest extends TwoSampleTest {
  readonly degreesOfFreedom: number;
}

/**
 * Welch's t-test with Satterthwaite's degrees of freedom (Welch 1947; NIST/SEMATECH e-Handbook 1.3.5.3). Null where
 * it does not exist: fewer than two observations on a side, or no variance on either.
 */
export function compareMeans(
  control: MeanObservation,
  treatment: MeanObservation,
  alpha: number,
): WelchTest | null {
  checkMean(control);
  checkMean(treatment);
  checkLevel('alpha', alpha);
  if (control.n < 2 || treatment.n < 2) return null;

  const a = { value: control.mean, squaredError: control.variance / control.n };
  const b = { value: treatment.mean, squaredError: treatment.variance / treatment.n };
  const squaredError = a.squaredError + b.squaredError;
  if (squaredError === 0) return null;
  // Shares, not squares: variances of 1e-200 keep their digits.
  const shareA = a.squaredError / squaredError;
  const shareB = b.squaredError / squaredError;
  const degreesOfFreedom = 1 / ((shareA * shareA) / (control.n - 1) + (shareB * shareB) / (treatment.n - 1));
  const statistic = (b.value - a.value) / Math.sqrt(squaredError);
  const criticalValue = studentUpperQuantile(alpha / 2, degreesOfFreedom);
  return {
    statistic,
    degreesOfFreedom,
    pValue: studentTwoSided(statistic, degreesOfFreedom),
    difference: differenceInterval(a, b, criticalValue),
    relativeLift: relativeLiftInterval(a, b, criticalValue),
  };
}
