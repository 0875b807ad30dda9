import type { Direction } from './definition.ts';
import { betaDensity, betaTails, unitPoint } from './distributions/beta.ts';
import { integrate } from './distributions/integrate.ts';
import { checkProportion, type ProportionObservation } from './observation.ts';

/** Answers to "what if we shipped the treatment?", from the posteriors of both variants. */
export interface BayesianComparison {
  /** P(the treatment is truly better than the control). */
  readonly chanceToBeatControl: number;
  /** E[max(how much worse the treatment is, 0)], in the metric's unit. */
  readonly expectedLoss: number;
}

interface Beta {
  readonly a: number;
  readonly b: number;
}

/** Where the pieces of the integral begin, in standard deviations around a mean. */
const SPLITS = [0, 1, 2, 4, 8, 16, 32, 64] as const;

/**
 * Beta-Binomial model with a uniform prior, Beta(1, 1): the posterior is Beta(1 + conversions, 1 + rest) (Gelman et
 * al., "Bayesian Data Analysis", 3rd ed., 2.1–2.4). Both answers are one-dimensional integrals over distribution
 * functions, done by quadrature, so equal input gives equal output:
 *   P(B > A) = ∫ f_B F_A,   E[max(A − B, 0)] = ∫ F_B (1 − F_A)
 * (the second because max(A − B, 0) is the length of the x with B ≤ x < A).
 */
export function bayesianProportions(
  control: ProportionObservation,
  treatment: ProportionObservation,
  direction: Direction,
): BayesianComparison {
  checkProportion(control);
  checkProportion(treatment);
  const low = posterior(direction === 'increase' ? control : treatment);
  const high = posterior(direction === 'increase' ? treatment : control);
  const points = splitPoints([low, high]);
  const chance = integrate((x) => {
    const point = unitPoint(x);
    const density = betaDensity(point, high.a, high.b);
    return density === 0 ? 0 : density * betaTails(point, low.a, low.b).lower;
  }, points);
  const loss = integrate((x) => {
    const point = unitPoint(x);
    const below = betaTails(point, high.a, high.b).lower;
    return below === 0 ? 0 : below * betaTails(point, low.a, low.b).upper;
  }, points);
  return { chanceToBeatControl: Math.min(1, chance), expectedLoss: loss };
}

function posterior({ n, conversions }: ProportionObservation): Beta {
  return { a: conversions + 1, b: n - conversions + 1 };
}

/** From end to end of the unit interval, dense where either distribution lives. */
function splitPoints(distributions: readonly Beta[]): number[] {
  const points = new Set([0, 1]);
  for (const { a, b } of distributions) {
    const sum = a + b;
    const mean = a / sum;
    const deviation = Math.sqrt((mean * (b / sum)) / (sum + 1));
    for (const split of SPLITS) {
      points.add(Math.max(0, mean - split * deviation));
      points.add(Math.min(1, mean + split * deviation));
    }
  }
  return [...points].sort((left, right) => left - right);
}
