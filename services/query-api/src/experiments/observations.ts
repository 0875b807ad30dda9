import type { ExperimentDefinition, ExperimentObservations, Observation } from '@fineprint/experiments';
import type { MetricFigures, MetricRow } from './metric-questions.ts';
import { readSource } from './metric-source.ts';
import type { Standing, UnitRow } from './units.ts';

export interface ObservedMetric {
  readonly currencies: readonly string[];
  /** Why nothing is concluded from it. */
  readonly withheld: 'mixed_currencies' | null;
  readonly byVariant: Readonly<Record<string, Observation>>;
}

export interface Observed {
  readonly units: Readonly<Record<string, number>>;
  readonly leftOut: {
    readonly crossed_units: number;
    readonly unknown_variant_units: number;
    readonly exposures_of_nobody: number;
  };
  readonly metrics: readonly ObservedMetric[];
}

/** What ClickHouse counted, by variant and metric. A variant that nobody saw has observations of nobody. */
export function observe(
  { variants, metrics }: ExperimentDefinition,
  unitRows: readonly UnitRow[],
  metricRows: readonly MetricRow[],
): Observed {
  const total = (standing: Standing, of: 'units' | 'exposures') =>
    unitRows.reduce((sum, row) => sum + (row.standing === standing ? row[of] : 0), 0);
  const counted = new Map(unitRows.filter((r) => r.standing === 'counted').map((r) => [r.name, r.units]));
  return {
    units: Object.fromEntries(variants.map(({ name }) => [name, counted.get(name) ?? 0])),
    leftOut: {
      crossed_units: total('crossed', 'units'),
      unknown_variant_units: total('unknown_variant', 'units'),
      exposures_of_nobody: total('nobody', 'exposures'),
    },
    metrics: metrics.map(({ kind, source }, place) => {
      const figures = new Map(
        metricRows.flatMap((row) => {
          const found = row[`m${place}`];
          return found === undefined ? [] : [[row.name, found] as const];
        }),
      );
      const currencies = [...new Set([...figures.values()].flatMap((f) => f[4]))].sort();
      const sums = readSource(source);
      const isMoney = sums?.of === 'event' && sums.sums === 'value';
      return {
        currencies,
        // Amounts of different money have no sum.
        withheld: isMoney && currencies.length > 1 ? 'mixed_currencies' : null,
        byVariant: Object.fromEntries(
          variants.map(({ name }) => [name, observation(kind, figures.get(name) ?? NOBODY)]),
        ),
      };
    }),
  };
}

const NOBODY: MetricFigures = [0, 0, 0, 0, []];

const observation = (
  kind: ExperimentDefinition['metrics'][number]['kind'],
  [n, conversions, mean, variance]: MetricFigures,
): Observation => (kind === 'conversion' ? { n, conversions } : { n, mean, variance });

/** As the statistics take it; what is withheld was not observed. */
export function toObservations(definition: ExperimentDefinition, observed: Observed): ExperimentObservations {
  return {
    exposures: observed.units,
    metrics: Object.fromEntries(
      definition.metrics.flatMap(({ name }, place) => {
        const metric = observed.metrics[place];
        return metric === undefined || metric.withheld !== null ? [] : [[name, metric.byVariant]];
      }),
    ),
  };
}
