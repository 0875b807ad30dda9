import { bayesianMeans } from './bayes-means.ts';
import { type BayesianComparison, bayesianProportions } from './bayes-proportions.ts';
import type { ExperimentDefinition, MetricDefinition } from './definition.ts';
import { ExperimentError } from './errors.ts';
import type { Interval } from './interval.ts';
import type { MeanObservation, Observation, ProportionObservation } from './observation.ts';
import { compareMeans } from './two-means.ts';
import { compareProportions, enoughConversions, type TwoSampleTest } from './two-proportions.ts';

export type TooLittle = 'no_observations' | 'below_minimum_sample' | 'too_few_conversions' | 'no_variation';
export type MetricVerdict = 'better' | 'worse' | 'no_difference_shown' | 'not_enough_data';

/** One metric of one treatment against the control. Nulls where a figure does not exist; never NaN. */
export interface MetricComparison {
  readonly metric: string;
  readonly role: MetricDefinition['role'];
  readonly variant: string;
  readonly control: { readonly n: number; readonly estimate: number | null };
  readonly treatment: { readonly n: number; readonly estimate: number | null };
  readonly difference: Interval | null;
  readonly relativeLift: Interval | null;
  readonly pValue: number | null;
  /** Benjamini–Hochberg over the goals that have enough data; guardrails keep their own p-value. */
  readonly adjustedPValue: number | null;
  readonly chanceToBeatControl: number | null;
  readonly expectedLoss: number | null;
  readonly verdict: MetricVerdict;
  readonly notEnough: TooLittle | null;
}

interface Figures {
  readonly test: TwoSampleTest | null;
  readonly bayes: BayesianComparison | null;
  readonly notEnough: TooLittle | null;
}

const NOTHING: Figures = { test: null, bayes: null, notEnough: 'no_observations' };

/** All figures of a comparison, with the verdict still open: `judge` gives it, once the adjusted p-value is known. */
export function compareMetric(
  definition: ExperimentDefinition,
  metric: MetricDefinition,
  variant: string,
  control: Observation | undefined,
  treatment: Observation | undefined,
): MetricComparison {
  const { test, bayes, notEnough } = figures(definition, metric, control, treatment);
  return {
    metric: metric.name,
    role: metric.role,
    variant,
    control: summary(control),
    treatment: summary(treatment),
    difference: test?.difference ?? null,
    relativeLift: test?.relativeLift ?? null,
    pValue: test?.pValue ?? null,
    adjustedPValue: null,
    chanceToBeatControl: bayes?.chanceToBeatControl ?? null,
    expectedLoss: bayes?.expectedLoss ?? null,
    verdict: 'not_enough_data',
    notEnough,
  };
}

export function judge(
  comparison: MetricComparison,
  direction: MetricDefinition['direction'],
  adjustedPValue: number,
  alpha: number,
): MetricComparison {
  const change = comparison.difference?.estimate ?? 0;
  if (adjustedPValue > alpha || change === 0) {
    return { ...comparison, adjustedPValue, verdict: 'no_difference_shown' };
  }
  const improved = change > 0 === (direction === 'increase');
  return { ...comparison, adjustedPValue, verdict: improved ? 'better' : 'worse' };
}

function figures(
  { alpha, minimumSamplePerVariant }: ExperimentDefinition,
  { name, kind, direction }: MetricDefinition,
  control: Observation | undefined,
  treatment: Observation | undefined,
): Figures {
  if (control === undefined || treatment === undefined) return NOTHING;
  const small = Math.min(control.n, treatment.n) < minimumSamplePerVariant ? 'below_minimum_sample' : null;
  if (kind === 'conversion') {
    const [a, b] = [asProportion(name, control), asProportion(name, treatment)];
    const test = compareProportions(a, b, alpha);
    if (Math.min(a.n, b.n) === 0) return NOTHING;
    const rare = enoughConversions(a, b) ? null : 'too_few_conversions';
    return { test, bayes: bayesianProportions(a, b, direction), notEnough: small ?? rare };
  }
  const [a, b] = [asMean(name, control), asMean(name, treatment)];
  const test = compareMeans(a, b, alpha);
  if (Math.min(a.n, b.n) === 0) return NOTHING;
  const constant = test === null ? 'no_variation' : null;
  return { test, bayes: bayesianMeans(a, b, direction), notEnough: small ?? constant };
}

function summary(observation: Observation | undefined): { n: number; estimate: number | null } {
  if (observation === undefined || observation.n === 0) return { n: 0, estimate: null };
  if ('mean' in observation) return { n: observation.n, estimate: observation.mean };
  return { n: observation.n, estimate: observation.conversions / observation.n };
}

function asProportion(metric: string, observation: Observation): ProportionObservation {
  if ('conversions' in observation) return observation;
  throw wrongKind(metric, '{ n, conversions }');
}

function asMean(metric: string, observation: Observation): MeanObservation {
  if ('mean' in observation) return observation;
  throw wrongKind(metric, '{ n, mean, variance }');
}

function wrongKind(metric: string, wanted: string): ExperimentError {
  return new ExperimentError('EXPERIMENT_OBSERVATION_INVALID', `metric "${metric}" needs ${wanted}`);
}
