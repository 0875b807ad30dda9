import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { name } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { rangeText, type TimeRange } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { daysRange, rangeFields, rangeSql } from './ranges.ts';
import { type Condition, eventKind, eventName, selectorSql } from './selectors.ts';

const DEFAULT_DAYS = 30;

const parameters = z.strictObject({
  ...rangeFields(DEFAULT_DAYS),
  feature: name('Used by an event that names this feature.').optional(),
  event: eventName('Used by an event of this name.').optional(),
  kind: eventKind('Used by an event of this kind.').optional(),
});
type Given = z.output<typeof parameters>;

const mean = z.number().nullable();
const answerSchema = z
  .object({
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
    active_users: z.int().meta({ description: 'People with any event in the range.' }),
    adopters: z.int(),
    reach: mean.meta({ description: 'Adopters among the active.' }),
    uses: z.int(),
    frequency_mean: mean.meta({ description: 'Uses per adopter.' }),
    frequency_median: mean,
    depth_mean: mean.meta({
      description: 'Different actions per adopter: what engagements name, else the names of events.',
    }),
    time_to_first_use_median_ms: mean.meta({
      description: "From a person's first event in the range to their first use.",
    }),
    time_to_first_use_p90_ms: mean,
  })
  .meta({ id: 'Adoption', description: 'Null stands where nobody is there to divide by.' });

interface Row {
  readonly active: number;
  readonly adopters: number;
  readonly total_uses: number;
  readonly actions: number;
  readonly frequency_median: number | null;
  readonly delay_median: number | null;
  readonly delay_p90: number | null;
}

function useSql(given: Given): Condition {
  const selected = selectorSql('use', given);
  if (given.feature === undefined) return selected;
  return {
    sql: `(ifNull(feature = {feature:String}, false) AND ${selected.sql})`,
    values: { ...selected.values, feature: given.feature },
  };
}

function questionOf(given: Given, timeRange: TimeRange): Question {
  const use = useSql(given);
  const range = rangeSql(timeRange);
  const groups = `
    SELECT ${RAW_IDS}, min(${EVENT_MS}) AS seen, countIf(${use.sql}) AS used, minOrNullIf(${EVENT_MS}, ${use.sql}) AS first_use,
      groupUniqArrayIf(toString(coalesce(engagement_action, event_name)), ${use.sql}) AS actions
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND ${range.sql}
    GROUP BY user_id, alias`;
  const persons = byPerson(
    `min(seen) AS since, sum(used) AS uses, assumeNotNull(min(first_use)) - since AS delay,
     length(groupUniqArrayArray(actions)) AS depth`,
    groups,
  );
  return {
    query: `
      SELECT count() AS active, countIf(uses > 0) AS adopters, sum(uses) AS total_uses, sum(depth) AS actions,
        quantileExactInclusiveIf(0.5)(uses, uses > 0) AS frequency_median,
        quantileExactInclusiveIf(0.5)(delay, uses > 0) AS delay_median,
        quantileExactInclusiveIf(0.9)(delay, uses > 0) AS delay_p90
      FROM (${persons})`,
    values: { ...use.values, ...range.values },
  };
}

const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const [row] = await warehouse.rows<Row>(questionOf(given, range));
  if (row === undefined) throw new Error('an aggregate without groups has one row');
  const { adopters } = row;
  return {
    range: rangeText(range),
    active_users: row.active,
    adopters,
    reach: ratio(adopters, row.active),
    uses: row.total_uses,
    frequency_mean: ratio(row.total_uses, adopters),
    frequency_median: row.frequency_median,
    depth_mean: ratio(row.actions, adopters),
    time_to_first_use_median_ms: row.delay_median,
    time_to_first_use_p90_ms: row.delay_p90,
  };
}

export const adoptionEndpoint: Endpoint = {
  path: '/api/v1/analytics/adoption',
  name: 'analytics.adoption',
  action: 'behaviour',
  data: 'behaviour',
  summary: 'How many use a feature, how often, how widely, and how soon',
  description: 'A feature, an event or a kind of events; at least one has to be named.',
  parameters,
  answerSchema,
  example: '?feature=export&from=2026-01-01&to=2026-02-01',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    if (given.feature === undefined && given.event === undefined && given.kind === undefined) {
      const code = 'missing_parameter';
      const errors = [{ code, parameter: 'feature', message: 'or event or kind is needed' }] as const;
      throw new Problem(code, 'Parameter feature.', { errors: [...errors] });
    }
    const range = daysRange(given, DEFAULT_DAYS, context.nowMs);
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
