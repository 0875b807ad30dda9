import type { ExperimentDefinition, MetricDefinition } from '@fineprint/experiments';
import type { Question } from '../clickhouse/warehouse.ts';
import { type AiField, type MetricSource, readSource } from './metric-source.ts';
import { countedUnits, EXPOSING_REQUEST, rowsOf, type Scope, scopeValues, withUnit } from './units.ts';

/** What one variant's units did, by a metric's place in the definition: units, converted units, mean, variance, currencies. */
export type MetricFigures = readonly [number, number, number, number, readonly string[]];
export type MetricRow = { readonly name: string } & { readonly [place: `m${number}`]: MetricFigures };

/** Beyond it a value is a mistake, whose square would drown all others. */
const MAX_VALUE = '1e15';
const AFTER_EXPOSURE = 'happened.event_time >= exposed.first_seen';

interface Placed<S extends MetricSource> {
  readonly place: number;
  readonly kind: MetricDefinition['kind'];
  readonly source: S;
}
type AiSource = Extract<MetricSource, { of: 'ai' }>;
type EventSource = Extract<MetricSource, { of: 'event' }>;

/** One question per source that the metrics name. */
export function metricQuestions(scope: Scope, metrics: ExperimentDefinition['metrics']): Question[] {
  const ai: Placed<AiSource>[] = [];
  const events: Placed<EventSource>[] = [];
  for (const [place, { kind, source: text }] of metrics.entries()) {
    const source = readSource(text);
    // Nothing else is stored.
    if (source === null) throw new Error(`the source of metric ${place} cannot be read`);
    if (source.of === 'ai') ai.push({ place, kind, source });
    else events.push({ place, kind, source });
  }
  return [
    ...(ai.length > 0 ? [aiQuestion(scope, ai)] : []),
    ...(events.length > 0 ? [eventQuestion(scope, events)] : []),
  ];
}

/** Units that convert: all count, whether they did anything or not. */
const conversion = (place: number, converted: string) =>
  `(count(), countIf(${converted}), 0., 0., []::Array(String)) AS m${place}`;

/** Units with a value. Of none, mean and variance are no numbers: 0 and the count say so instead. */
const mean = (place: number, value: string, currencies = '[]::Array(String)') => {
  const orZero = (figure: string) => `ifNull(ifNotFinite(${figure}, 0), 0)`;
  return `(count(${value}), 0, ${orZero(`avg(${value})`)}, ${orZero(`varSampStable(${value})`)}, ${currencies}) AS m${place}`;
};

/**
 * Of each unit what it did after its exposure, then of each variant its units. Units stand on the right: they are kept in
 * memory, the rows pass by; and who did nothing is there too, with a time of 1970.
 */
const perVariant = (figures: readonly string[], perUnit: string) =>
  `SELECT variant AS name, ${figures.join(', ')} FROM (${perUnit}) GROUP BY variant`;

const joined = (scope: Scope, columns: readonly string[], rows: string) => `
  SELECT exposed.unit AS unit, exposed.variant AS variant, ${columns.join(', ')}
  FROM (${withUnit(scope.unit, rows)}) AS happened
  RIGHT JOIN (${countedUnits(scope)}) AS exposed ON happened.unit = exposed.unit
  GROUP BY unit, variant`;

/** A field of all AI requests of a unit from its exposure on: their average, or whether one succeeded. */
function aiQuestion(scope: Scope, metrics: readonly Placed<AiSource>[]): Question {
  const fields = [...new Set<AiField>(['success', ...metrics.map(({ source }) => source.field)])];
  const columns = fields.map((f) => `if(abs(${f}) <= ${MAX_VALUE}, toFloat64(${f}), NULL) AS ${f}_value`);
  const figures = metrics.map(({ place, kind, source: { field } }) =>
    kind === 'conversion' ? conversion(place, 'succeeded') : mean(place, `${field}_mean`),
  );
  if (scope.unit === 'request') {
    // A unit is one row: nothing has to be joined or averaged.
    const own = fields.map((f) => `${f}_value AS ${f}_mean`);
    const rows = rowsOf(
      'ai_requests',
      [`assumeNotNull(variant)::String AS its_variant`, ...columns].join(', '),
      `${EXPOSING_REQUEST} AND has({variants:Array(String)}, assumeNotNull(variant))`,
    );
    const perUnit = `SELECT its_variant AS variant, success_value = 1 AS succeeded, ${own.join(', ')} FROM (${rows})`;
    return { query: perVariant(figures, perUnit), values: scopeValues(scope) };
  }
  const averages = fields.map((f) => `avgOrNullIf(happened.${f}_value, ${AFTER_EXPOSURE}) AS ${f}_mean`);
  const succeeded = `countIf(happened.success_value = 1 AND ${AFTER_EXPOSURE}) > 0 AS succeeded`;
  const rows = rowsOf('ai_requests', columns.join(', '), 'true');
  return {
    query: perVariant(figures, joined(scope, [succeeded, ...averages], rows)),
    values: scopeValues(scope),
  };
}

/** Product events of a unit from its exposure on, by their name or their type of conversion: how many, or their value. */
function eventQuestion(scope: Scope, metrics: readonly Placed<EventSource>[]): Question {
  const values: Record<string, string> = {};
  const matches = metrics.map(({ place, source: { name } }) => {
    values[`event${place}`] = name;
    return `(event_name = {event${place}:String} OR ifNull(conversion_type = {event${place}:String}, false))`;
  });
  const columns = metrics.flatMap(({ place, source: { sums } }) => {
    const meant = `happened.is_${place} AND ${AFTER_EXPOSURE}`;
    return sums === 'events'
      ? [`countIf(${meant}) AS amount_${place}`]
      : [
          `sumIf(happened.amount, ${meant}) AS amount_${place}`,
          `groupUniqArrayIf(3)(happened.unit_of_amount, ${meant} AND happened.unit_of_amount != '') AS currency_${place}`,
        ];
  });
  const figures = metrics.map(({ place, kind, source: { sums } }) =>
    kind === 'conversion'
      ? conversion(place, `amount_${place} > 0`)
      : mean(
          place,
          `amount_${place}`,
          ...(sums === 'value' ? [`arraySort(groupUniqArrayArray(3)(currency_${place}))`] : []),
        ),
  );
  const rows = rowsOf(
    'product_events',
    [
      `if(abs(conversion_value) <= ${MAX_VALUE}, assumeNotNull(conversion_value), 0) AS amount`,
      `if(conversion_value IS NULL, '', ifNull(currency, ''))::String AS unit_of_amount`,
      ...metrics.map(({ place }, i) => `${matches[i]} AS is_${place}`),
    ].join(', '),
    `(${matches.join(' OR ')})`,
  );
  return {
    query: perVariant(figures, joined(scope, columns, rows)),
    values: { ...scopeValues(scope), ...values },
  };
}
