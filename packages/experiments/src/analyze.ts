import { compareMetric, judge, type MetricComparison } from './comparison.ts';
import type { ExperimentDefinition } from './definition.ts';
import { adjustForFalseDiscoveries } from './false-discovery.ts';
import type { Observation } from './observation.ts';
import { checkSampleRatio, type SampleRatioResult } from './sample-ratio.ts';

export interface ExperimentObservations {
  /** Units exposed, by variant. */
  readonly exposures: Readonly<Record<string, number>>;
  /** By metric, then by variant. What is missing counts as not observed. */
  readonly metrics: Readonly<Record<string, Readonly<Record<string, Observation>>>>;
}

export type TreatmentConclusion =
  | 'sample_ratio_mismatch'
  | 'guardrail_breached'
  | 'not_enough_data'
  | 'better'
  | 'worse'
  | 'mixed'
  | 'no_difference_shown';

export interface TreatmentResult {
  readonly variant: string;
  readonly conclusion: TreatmentConclusion;
  readonly comparisons: readonly MetricComparison[];
}

export interface ExperimentResult {
  readonly sampleRatio: SampleRatioResult;
  readonly treatments: readonly TreatmentResult[];
}

/** Everything that the observations say about an experiment. Deterministic; throws only on impossible observations. */
export function analyze(
  definition: ExperimentDefinition,
  observations: ExperimentObservations,
): ExperimentResult {
  const [control, ...treatments] = definition.variants;
  const sampleRatio = checkSampleRatio(
    definition.variants.map(({ name, weight }) => ({
      weight,
      exposed: own(observations.exposures, name) ?? 0,
    })),
  );
  const open = treatments.flatMap(({ name }) =>
    definition.metrics.map((metric) => {
      const observed = own(observations.metrics, metric.name) ?? {};
      const before = control === undefined ? undefined : own(observed, control.name);
      return compareMetric(definition, metric, name, before, own(observed, name));
    }),
  );
  const comparisons = judgeAll(definition, open);
  return {
    sampleRatio,
    treatments: treatments.map(({ name }) => {
      const ofVariant = comparisons.filter(({ variant }) => variant === name);
      return { variant: name, conclusion: conclude(sampleRatio, ofVariant), comparisons: ofVariant };
    }),
  };
}

function judgeAll(
  { metrics, alpha }: ExperimentDefinition,
  open: readonly MetricComparison[],
): MetricComparison[] {
  const goals = open.filter(({ role, notEnough }) => role === 'goal' && notEnough === null);
  const adjusted = adjustForFalseDiscoveries(goals.map(({ pValue }) => pValue ?? 1));
  const adjustedOf = new Map(goals.map((goal, index) => [goal, adjusted[index] ?? 1]));
  const directions = new Map(metrics.map(({ name, direction }) => [name, direction]));
  return open.map((comparison) => {
    if (comparison.notEnough !== null) return comparison;
    // Adjusting a guardrail would make harm harder to see the more metrics are watched.
    const pValue = adjustedOf.get(comparison) ?? comparison.pValue ?? 1;
    return judge(comparison, directions.get(comparison.metric) ?? 'increase', pValue, alpha);
  });
}

function conclude(
  sampleRatio: SampleRatioResult,
  comparisons: readonly MetricComparison[],
): TreatmentConclusion {
  if (sampleRatio.verdict === 'mismatch') return 'sample_ratio_mismatch';
  if (comparisons.some(({ role, verdict }) => role === 'guardrail' && verdict === 'worse')) {
    return 'guardrail_breached';
  }
  const goals = comparisons.filter(({ role }) => role === 'goal');
  const has = (wanted: MetricComparison['verdict']) => goals.some(({ verdict }) => verdict === wanted);
  if (has('better') && has('worse')) return 'mixed';
  if (has('worse')) return 'worse';
  // Harm that nobody could have seen yet is no green light.
  if (comparisons.some(({ verdict }) => verdict === 'not_enough_data')) return 'not_enough_data';
  return has('better') ? 'better' : 'no_difference_shown';
}

/** Names come from outside: "constructor" must not find what every object has. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
