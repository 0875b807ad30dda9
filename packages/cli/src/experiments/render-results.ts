import type { ExperimentResults } from '@fineprint/query-api/experiments';
import pc from '../colors.ts';
import { table } from '../table.ts';

type Comparison = ExperimentResults['treatments'][number]['comparisons'][number];
type Estimate = Comparison['difference'];

/** What a person reads first: can it be trusted, what follows, and from which figures. */
export function renderResults(results: ExperimentResults): string {
  const parts = [
    `${pc.bold(results.experiment_id)} is ${results.status}; started ${results.started_at}${results.stopped_at === null ? '' : `, stopped ${results.stopped_at}`}`,
    table(
      ['variant', 'weight', `${results.unit}s`, ''],
      results.variants.map((v) => [
        v.variant,
        String(v.weight),
        String(v.units),
        v.is_control ? 'control' : '',
      ]),
    ).trimEnd(),
    splitText(results),
    ...results.treatments.map((treatment) => treatmentText(results, treatment)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function splitText({ sample_ratio: { verdict, p_value }, left_out, metrics }: ExperimentResults): string {
  const verdicts = {
    as_planned: 'The split is as planned',
    mismatch: pc.red('The split is not as planned: trust no figure below'),
    not_enough_data: 'Too few units to check the split',
  };
  const left = [
    [left_out.crossed_units, 'saw more than one variant'],
    [left_out.unknown_variant_units, 'saw a variant that there is not'],
    [left_out.exposures_of_nobody, 'exposures name nobody'],
  ] as const;
  return [
    `${verdicts[verdict]}${p_value === null ? '' : ` (p ${figure(p_value)})`}.`,
    ...left.filter(([n]) => n > 0).map(([n, what]) => `Left out: ${n} ${what}.`),
    ...metrics
      .filter((m) => m.withheld !== null)
      .map((m) => `${m.metric} has no figures: its amounts are in ${m.currencies.join(', ')}.`),
  ].join('\n');
}

function treatmentText(
  { metrics, minimum_sample_per_variant }: ExperimentResults,
  { variant, conclusion, comparisons }: ExperimentResults['treatments'][number],
): string {
  const estimate = (name: string, of: string) =>
    metrics.find((m) => m.metric === name)?.values.find((v) => v.variant === of)?.estimate ?? null;
  const control = metrics[0]?.values[0]?.variant ?? '';
  const rows = comparisons.map((c) => [
    c.role === 'guardrail' ? `${c.metric} (guardrail)` : c.metric,
    figure(estimate(c.metric, control)),
    figure(estimate(c.metric, variant)),
    interval(c.difference),
    lift(c.relative_lift),
    figure(c.adjusted_p_value ?? c.p_value),
    c.chance_to_beat_control === null ? '' : `${(c.chance_to_beat_control * 100).toFixed(1)} %`,
    figure(c.expected_loss),
    c.not_enough === null ? words(c.verdict) : words(c.not_enough),
  ]);
  const head = ['metric', 'control', variant, 'difference', 'lift', 'p', 'chance to beat', 'loss', ''];
  const hint = comparisons.some((c) => c.not_enough === 'below_minimum_sample')
    ? `\nA verdict needs ${minimum_sample_per_variant} units in each variant.`
    : '';
  return `${pc.bold(variant)}: ${words(conclusion)}\n${table(head, rows).trimEnd()}${hint}`;
}

const words = (code: string) => code.replaceAll('_', ' ');

const figure = (value: number | null): string => {
  if (value === null) return '';
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
};

const interval = (e: Estimate) =>
  e === null ? '' : `${figure(e.estimate)} (${figure(e.low)} to ${figure(e.high)})`;

const lift = (e: Estimate) =>
  e === null ? '' : `${e.estimate > 0 ? '+' : ''}${(e.estimate * 100).toFixed(1)} %`;
