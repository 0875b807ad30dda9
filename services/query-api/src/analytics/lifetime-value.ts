import { type Period, periodName, periodStartMs } from '@fineprint/behaviour';
import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { AMOUNT_UNITS, amountOf, HAS_AMOUNT } from './amounts.ts';
import { type CohortRange, cohortRange, periodField, periodSql } from './periods.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { asOf, asOfField, eventKind, eventName, selectorSql } from './selectors.ts';

const MAX_PERIODS = 100;

const parameters = z.strictObject({
  period: periodField('month'),
  periods: wholeNumber({ min: 0, max: MAX_PERIODS, byDefault: 12, description: 'Columns after the first' }),
  from: time('The first cohort is of the period that holds this; the last ones if left out.').optional(),
  to: time('Cohorts begin before this; all if left out.').optional(),
  as_of: asOfField,
  start_event: eventName('Acquired by the first event of this name; by any if left out.').optional(),
  start_kind: eventKind('Acquired by the first event of this kind.').optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'is not an ISO 4217 code')
    .optional()
    .meta({ description: 'Only amounts in this currency.' }),
});
type Given = z.output<typeof parameters>;

const valueSchema = z
  .object({
    amount: z.number(),
    per_user: z.number(),
    complete: z.boolean().meta({ description: 'False while the amount may grow.' }),
  })
  .nullable()
  .meta({ description: 'Null: the column has not begun.' });
const answerSchema = z
  .object({
    period: z.string(),
    as_of: z.iso.datetime(),
    cohorts: z.array(
      z.object({
        cohort: z.iso.date().meta({ description: 'The first day of its period.' }),
        size: z.int(),
        values: z
          .array(
            z.object({
              currency: z.string().nullable().meta({ description: 'Null: the conversions name none.' }),
              by_period: z.array(valueSchema),
              cumulative: z.array(valueSchema),
            }),
          )
          .meta({ description: 'By currency; they are never added up. Empty without any amount.' }),
      }),
    ),
  })
  .meta({
    id: 'LifetimeValue',
    description: 'Sums of millionths, so that they are exact for amounts of six decimals.',
  });

interface Row {
  readonly cohort: number;
  /** Period after acquisition, currency, millionths. Period -1: how many people belong to the cohort. */
  readonly sums: readonly (readonly [number, string | null, string])[];
}

/** Each person carries one more amount, of period -1 and one unit, whose sum is the cohort's size. */
function questionOf(given: Given, range: CohortRange, end: ReturnType<typeof asOf>): Question {
  const { period, periods, currency } = given;
  const start = selectorSql('start', { event: given.start_event, kind: given.start_kind });
  const paid = `(${HAS_AMOUNT}${currency === undefined ? '' : ' AND currency = {currency:String}'})`;
  const groups = `
    SELECT ${RAW_IDS}, minOrNullIf(${EVENT_MS}, ${start.sql}) AS first_start,
      groupArrayIf((${EVENT_MS}, CAST(currency AS Nullable(String)), ${AMOUNT_UNITS}), ${paid}) AS paid
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND (${start.sql} OR ${paid}) AND ${end.sql}
    GROUP BY user_id, alias`;
  const persons = byPerson('min(first_start) AS since, groupArrayArray(paid) AS amounts', groups);
  const placed = `
    SELECT ${periodSql('assumeNotNull(since)', period)} AS cohort, arrayJoin(arrayConcat(
      [(toInt32(-1), CAST(NULL AS Nullable(String)), toInt128(1))],
      arrayFilter(x -> x.1 <= {periods:Int32}, arrayMap(
        x -> (toInt32(${periodSql('x.1', period)} - cohort), x.2, x.3), arrayFilter(x -> x.1 >= since, amounts))))) AS amount
    FROM (${persons})
    WHERE since IS NOT NULL AND cohort >= {first:Int32} AND cohort < {end:Int32}`;
  return {
    query: `
      SELECT cohort, groupArray((place, currency, toString(units))) AS sums
      FROM (
        SELECT cohort, amount.1 AS place, amount.2 AS currency, sum(amount.3) AS units
        FROM (${placed}) GROUP BY cohort, place, currency
      ) GROUP BY cohort ORDER BY cohort`,
    values: {
      ...start.values,
      ...end.values,
      ...(currency === undefined ? {} : { currency }),
      periods,
      first: range.first,
      end: range.end,
    },
  };
}

interface Span {
  readonly cohort: number;
  readonly size: number;
  readonly period: Period;
  readonly asOfMs: number;
}

/** A column's value, or null where its time has not come. A cumulative one is complete as soon as its last period is. */
function columnValue(units: bigint, place: number, { cohort, size, period, asOfMs }: Span) {
  if (periodStartMs(cohort + place, period) > asOfMs) return null;
  const amount = amountOf(units);
  return { amount, per_user: amount / size, complete: periodStartMs(cohort + place + 1, period) <= asOfMs };
}

function cohortOf({ cohort, sums }: Row, { period, periods }: Given, asOfMs: number) {
  const size = Number(sums.find(([place]) => place < 0)?.[2] ?? 0);
  const span: Span = { cohort, size, period, asOfMs };
  const byCurrency = new Map<string | null, bigint[]>();
  for (const [place, currency, units] of sums) {
    if (place < 0) continue;
    const own = byCurrency.get(currency) ?? Array<bigint>(periods + 1).fill(0n);
    own[place] = BigInt(units);
    byCurrency.set(currency, own);
  }
  const values = [...byCurrency]
    .sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))
    .map(([currency, own]) => {
      let total = 0n;
      const cumulative = own.map((units) => {
        total += units;
        return total;
      });
      return {
        currency,
        by_period: own.map((units, place) => columnValue(units, place, span)),
        cumulative: cumulative.map((units, place) => columnValue(units, place, span)),
      };
    });
  return { cohort: periodName(cohort, period), size, values };
}

async function answer(
  given: Given,
  range: CohortRange,
  end: ReturnType<typeof asOf>,
  { warehouse }: EndpointContext,
) {
  const rows = await warehouse.rows<Row>(questionOf(given, range, end));
  return {
    period: given.period,
    as_of: isoOf(end.ms),
    cohorts: rows.map((row) => cohortOf(row, given, end.ms)),
  };
}

export const lifetimeValueEndpoint: Endpoint = {
  path: '/api/v1/analytics/lifetime-value',
  name: 'analytics.lifetime-value',
  action: 'behaviour',
  data: 'behaviour',
  summary: 'What cohorts bring in, by period since acquisition',
  description: 'Sums of conversion_value from the first start event on; refunds are negative conversions.',
  parameters,
  answerSchema,
  example: '?period=month&periods=12&currency=EUR',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const end = asOf(given.as_of, context.nowMs);
    const range = cohortRange(given, given.period, given.periods + 1, end.ms);
    return {
      key: JSON.stringify({ ...given, ...range, endMs: end.ms }),
      answer: () => answer(given, range, end, context),
    };
  },
};
