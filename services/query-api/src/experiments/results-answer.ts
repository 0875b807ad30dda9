import type { ExperimentDefinition, Interval, MetricComparison } from '@fineprint/experiments';
import { analyze, EXPERIMENT_STATUSES } from '@fineprint/experiments';
import { z } from 'zod';
import { type Observed, toObservations } from './observations.ts';
import { HINTED_CHANGE, HINTED_POWER, requiredSample } from './required-sample.ts';
import type { StoredExperiment } from './stored-experiment.ts';

const interval = z
  .object({ estimate: z.number(), low: z.number(), high: z.number() })
  .nullable()
  .meta({ id: 'EstimateWithInterval' });
const value = z.object({
  variant: z.string(),
  n: z.int().meta({ description: 'Units; of a mean of AI requests, those with a value.' }),
  estimate: z.number().nullable().meta({ description: 'Share of units that converted, or mean over units.' }),
  conversions: z.int().nullable(),
  variance: z.number().nullable(),
});
const comparison = z.object({
  metric: z.string(),
  role: z.enum(['goal', 'guardrail']),
  difference: interval,
  relative_lift: interval,
  p_value: z.number().nullable().meta({ description: 'Two-proportion z, or Welch.' }),
  adjusted_p_value: z.number().nullable().meta({ description: 'Benjamini–Hochberg over the goals.' }),
  chance_to_beat_control: z.number().nullable(),
  expected_loss: z.number().nullable(),
  verdict: z.enum(['better', 'worse', 'no_difference_shown', 'not_enough_data']),
  not_enough: z
    .enum(['no_observations', 'below_minimum_sample', 'too_few_conversions', 'no_variation'])
    .nullable(),
  required_control_units: z.int().nullable(),
});

export const resultsAnswer = z
  .object({
    experiment_id: z.string(),
    status: z.enum(EXPERIMENT_STATUSES),
    unit: z.enum(['user', 'session', 'request']),
    started_at: z.iso.datetime(),
    stopped_at: z.iso.datetime().nullable(),
    alpha: z.number(),
    minimum_sample_per_variant: z.int(),
    variants: z.array(
      z.object({ variant: z.string(), is_control: z.boolean(), weight: z.number(), units: z.int() }),
    ),
    left_out: z.object({
      crossed_units: z.int().meta({ description: 'Saw more than one variant.' }),
      unknown_variant_units: z.int().meta({ description: 'Saw one that the definition does not have.' }),
      exposures_of_nobody: z.int().meta({ description: 'Name no unit.' }),
    }),
    sample_ratio: z.object({
      verdict: z.enum(['as_planned', 'mismatch', 'not_enough_data']),
      statistic: z.number().nullable(),
      p_value: z.number().nullable(),
    }),
    metrics: z.array(
      z.object({
        metric: z.string(),
        kind: z.enum(['conversion', 'mean']),
        source: z.string(),
        direction: z.enum(['increase', 'decrease']),
        role: z.enum(['goal', 'guardrail']),
        currencies: z.array(z.string()),
        withheld: z.enum(['mixed_currencies']).nullable(),
        values: z.array(value),
      }),
    ),
    treatments: z.array(
      z.object({
        variant: z.string(),
        conclusion: z.enum([
          'sample_ratio_mismatch',
          'guardrail_breached',
          'not_enough_data',
          'better',
          'worse',
          'mixed',
          'no_difference_shown',
        ]),
        comparisons: z.array(comparison),
      }),
    ),
    required_sample_for: z.object({ relative_change: z.number(), power: z.number() }),
  })
  .meta({ id: 'ExperimentResults', description: 'Each treatment against the control, the first variant.' });
type Answer = z.output<typeof resultsAnswer>;

/** What an experiment says, from what was counted. */
export function toResults(
  { status, definition, startedAt, stoppedAt }: StoredExperiment & { readonly startedAt: Date },
  observed: Observed,
): Answer {
  const { sampleRatio, treatments } = analyze(definition, toObservations(definition, observed));
  return {
    experiment_id: definition.id,
    status,
    unit: definition.unit,
    started_at: startedAt.toISOString(),
    stopped_at: stoppedAt?.toISOString() ?? null,
    alpha: definition.alpha,
    minimum_sample_per_variant: definition.minimumSamplePerVariant,
    variants: definition.variants.map(({ name, weight }, i) => ({
      variant: name,
      is_control: i === 0,
      weight,
      units: observed.units[name] ?? 0,
    })),
    left_out: observed.leftOut,
    sample_ratio: {
      verdict: sampleRatio.verdict,
      statistic: sampleRatio.statistic,
      p_value: sampleRatio.pValue,
    },
    metrics: metricAnswers(definition, observed),
    treatments: treatments.map(({ variant, conclusion, comparisons }) => ({
      variant,
      conclusion,
      comparisons: comparisons.map((found) => ({
        ...comparisonAnswer(found),
        required_control_units: hint(definition, observed, found),
      })),
    })),
    required_sample_for: { relative_change: HINTED_CHANGE, power: HINTED_POWER },
  };
}

function metricAnswers(definition: ExperimentDefinition, observed: Observed): Answer['metrics'] {
  return definition.metrics.map(({ name, kind, source, direction, role }, place) => {
    const metric = observed.metrics[place];
    return {
      metric: name,
      kind,
      source,
      direction,
      role,
      currencies: [...(metric?.currencies ?? [])],
      withheld: metric?.withheld ?? null,
      values:
        metric === undefined || metric.withheld !== null
          ? []
          : Object.entries(metric.byVariant).map(([variant, observation]) => ({
              variant,
              n: observation.n,
              ...('conversions' in observation
                ? {
                    estimate: observation.n === 0 ? null : observation.conversions / observation.n,
                    conversions: observation.conversions,
                    variance: null,
                  }
                : {
                    estimate: observation.n === 0 ? null : observation.mean,
                    conversions: null,
                    variance: observation.n < 2 ? null : observation.variance,
                  }),
            })),
    };
  });
}

const comparisonAnswer = (found: MetricComparison) => ({
  metric: found.metric,
  role: found.role,
  difference: intervalAnswer(found.difference),
  relative_lift: intervalAnswer(found.relativeLift),
  p_value: found.pValue,
  adjusted_p_value: found.adjustedPValue,
  chance_to_beat_control: found.chanceToBeatControl,
  expected_loss: found.expectedLoss,
  verdict: found.verdict,
  not_enough: found.notEnough,
});

const intervalAnswer = (given: Interval | null) =>
  given === null ? null : { estimate: given.estimate, low: given.low, high: given.high };

function hint(definition: ExperimentDefinition, observed: Observed, found: MetricComparison): number | null {
  const { variants, metrics, alpha } = definition;
  const place = metrics.findIndex(({ name }) => name === found.metric);
  const [control, treatment] = [variants[0], variants.find(({ name }) => name === found.variant)];
  const metric = observed.metrics[place];
  const before = metric?.withheld === null ? metric.byVariant[control?.name ?? ''] : undefined;
  const direction = metrics[place]?.direction;
  if (control === undefined || treatment === undefined || before === undefined || direction === undefined) {
    return null;
  }
  return requiredSample(before, direction, treatment.weight / control.weight, alpha);
}
