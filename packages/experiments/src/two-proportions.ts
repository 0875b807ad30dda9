import { normalAbove, normalUpperQuantile } from './distributions/normal.ts';
import { differenceInterval, type Estimate, type Interval, relativeLiftInterval } from './interval.ts';
import { checkLevel, checkProportion, type ProportionObservation } from './observation.ts';

export interface TwoSampleTest {
  /** z or t. */
  readonly statistic: number;
  /** Two-sided. */
  readonly pValue: number;
  /** treatment − control, at confidence 1 − alpha. */
  readonly difference: Interval;
  readonly relativeLift: Interval | null;
}

/**
 * Two-proportion z-test: pooled standard error in the test, unpooled (Wald) in the interval (Fleiss, Levin and Paik,
 * "Statistical Methods for Rates and Proportions", 3rd ed., 2.3–2.4). Null where it does not exist: a side without
 * observations, or all or none converted on both.
 */
export function compareProportions(
  control: ProportionObservation,
  treatment: ProportionObservation,
  alpha: number,
): TwoSampleTest | null {
  checkProportion(control);
  checkProportion(treatment);
  checkLevel('alpha', alpha);
  if (control.n === 0 || treatment.n === 0) return null;

  const pooled = (control.conversions + treatment.conversions) / (control.n + treatment.n);
  const pooledError = Math.sqrt(pooled * (1 - pooled) * (1 / control.n + 1 / treatment.n));
  if (pooledError === 0) return null;
  const difference = treatment.conversions / treatment.n - control.conversions / control.n;
  const statistic = difference / pooledError;
  const criticalValue = normalUpperQuantile(alpha / 2);
  const [a, b] = [proportionEstimate(control), proportionEstimate(treatment)];
  return {
    statistic,
    pValue: Math.min(1, 2 * normalAbove(Math.abs(statistic))),
    difference: differenceInterval(a, b, criticalValue),
    relativeLift: relativeLiftInterval(a, b, criticalValue),
  };
}

/**
 * Whether the normal approximation may be believed: at least five conversions and five non-conversions expected on
 * each side if both were alike (Cochran, "Some Methods for Strengthening the Common χ² Tests", 1954).
 */
export function enoughConversions(control: ProportionObservation, treatment: ProportionObservation): boolean {
  const total = control.n + treatment.n;
  const converted = control.conversions + treatment.conversions;
  const rarer = Math.min(converted, total - converted);
  return (rarer * Math.min(control.n, treatment.n)) / total >= 5;
}

function proportionEstimate({ n, conversions }: ProportionObservation): Estimate {
  const value = conversions / n;
  return { value, squaredError: (value * (1 - value)) / n };
}
