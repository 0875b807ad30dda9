import { z } from 'zod';
import type { Endpoint, EndpointContext, Prepared } from '../ai/endpoint.ts';
import { readParameters } from '../params/read-parameters.ts';
import type { TimeRange } from '../params/time-range.ts';
import { addDecimals, ratioOf, shareOf } from './decimals.ts';
import {
  pageOf,
  pageSchema,
  periodFields,
  periodOf,
  periodRange,
  periodSchema,
  periodsQuestion,
} from './parameters.ts';

const AMOUNTS = [
  'mrr_start',
  'mrr_end',
  'arr',
  'new_mrr',
  'expansion_mrr',
  'reactivation_mrr',
  'contraction_mrr',
  'churn_mrr',
  'payments',
  'refunds',
  'revenue',
] as const;
const COUNTS = [
  'customers',
  'new_customers',
  'expansion_customers',
  'reactivation_customers',
  'contraction_customers',
  'churn_customers',
  'payment_count',
  'refund_count',
] as const;
/** Stands where events name no currency (ISO 4217). */
const NO_CURRENCY = 'XXX';

export const currencyField = z
  .string()
  .regex(/^[A-Z]{3}$/, 'is not an ISO 4217 code')
  .optional()
  .meta({ description: 'Only this currency; XXX where events name none. Currencies are never added up.' });

const parameters = z.strictObject({ ...periodFields, currency: currencyField });
type Given = z.output<typeof parameters>;

const amount = z.string().meta({ description: 'An exact decimal of six digits.', examples: ['29.990000'] });
const rowSchema = z.object({
  ...periodSchema,
  currency: z.string().nullable().meta({ description: 'Null: the events name none.' }),
  ...(Object.fromEntries(AMOUNTS.map((name) => [name, amount])) as Record<
    (typeof AMOUNTS)[number],
    typeof amount
  >),
  ...(Object.fromEntries(COUNTS.map((name) => [name, z.int()])) as Record<(typeof COUNTS)[number], z.ZodInt>),
  arpu: amount.nullable(),
  quick_ratio: z.number().nullable(),
});
const answerSchema = z
  .object({
    ...pageSchema,
    rows: z.array(rowSchema),
    ignored_events: z.int().meta({
      description:
        'Events of this page’s periods that should bring an amount and do not; see the convention.',
    }),
  })
  .meta({ id: 'BusinessRevenue', description: 'What each figure means: /api/v1/business/metrics.' });

type Row = Readonly<Record<(typeof AMOUNTS)[number], string>> &
  Readonly<Record<(typeof COUNTS)[number], number>> & {
    readonly period_ms: number;
    readonly computed_ms: number;
    readonly currency: string;
    readonly ignored_events: number;
  };

const gained = (row: Row) => addDecimals([row.new_mrr, row.expansion_mrr, row.reactivation_mrr]);
const lost = (row: Row) => addDecimals([row.contraction_mrr, row.churn_mrr]);

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const choice = {
    view: 'business_revenue',
    columns: [
      'currency',
      ...AMOUNTS.map((name) => `toString(${name}) AS ${name}`),
      ...COUNTS,
      'ignored_events',
    ],
    order: 'currency',
    where: given.currency === undefined ? {} : { currency: given.currency },
  };
  const rows = await warehouse.rows<Row>(periodsQuestion(choice, given, range));
  const page = rows.slice(0, given.limit);
  return {
    ...pageOf(rows, given, range),
    rows: page
      .filter(({ currency }) => currency !== '')
      .map((row) => ({
        ...periodOf(row, given.granularity),
        currency: row.currency === NO_CURRENCY ? null : row.currency,
        ...Object.fromEntries(AMOUNTS.map((name) => [name, addDecimals([row[name]])])),
        ...Object.fromEntries(COUNTS.map((name) => [name, row[name]])),
        arpu: shareOf(row.mrr_end, row.customers),
        quick_ratio: ratioOf(gained(row), lost(row)),
      })),
    ignored_events: page.reduce((sum, row) => sum + row.ignored_events, 0),
  };
}

export const revenueEndpoint: Endpoint = {
  path: '/api/v1/business/revenue',
  name: 'business.revenue',
  action: 'business',
  data: 'business',
  summary: 'MRR and ARR with what moved them, payments, refunds, ARPU',
  description: 'By hour or day and currency, as the last run computed it.',
  parameters,
  answerSchema,
  example: '?from=2026-01-01&to=2026-02-01&currency=EUR',
  prepare(query, _path, context): Prepared {
    const given = readParameters(parameters, query);
    const range = periodRange(given, context.nowMs);
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
