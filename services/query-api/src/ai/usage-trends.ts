import { z } from 'zod';
import type { Question } from '../clickhouse/warehouse.ts';
import { filterFields, time, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import {
  bucketCount,
  bucketMs,
  granularities,
  isoOf,
  rangeText,
  resolveRange,
  type TimeRange,
} from '../params/time-range.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { requireKnownModel } from './known-model.ts';
import { BUCKET } from './performance-metrics.ts';
import { type Filters, where } from './where.ts';

const DAY_MS = 86_400_000;
const trendGranularities = granularities.filter((g) => g !== 'none');

const parameters = z.strictObject({
  ...filterFields,
  from: time('The first moment; 30 days before `to` if left out.').optional(),
  to: time('The first moment after; the end of this minute if left out.').optional(),
  granularity: z
    .enum(trendGranularities)
    .default('day')
    .meta({ description: 'Buckets of the series, in UTC.' }),
  limit: wholeNumber({ min: 1, max: 1_000, byDefault: 50, description: 'Models shown' }),
});
type Given = z.output<typeof parameters>;

const usageSchema = z
  .object({
    requests: z.int(),
    errors: z.int(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    total_tokens: z.int(),
    cost_estimate: z.number().nullable().meta({ description: 'Null where no request says it.' }),
    requests_without_cost: z.int(),
  })
  .meta({ id: 'Usage' });
type Usage = z.infer<typeof usageSchema>;

const growthSchema = z
  .object({
    requests: z.number().nullable(),
    total_tokens: z.number().nullable(),
    cost_estimate: z.number().nullable(),
  })
  .meta({
    id: 'Growth',
    description: 'Relative to the period before: 0.5 is half as much again. Null where that is 0 or unknown.',
  });

const rangeSchema = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });
const answerSchema = z
  .object({
    range: rangeSchema,
    previous_range: rangeSchema.meta({ description: 'As long, and directly before.' }),
    granularity: z.enum(trendGranularities),
    series: z
      .array(usageSchema.extend({ bucket: z.iso.datetime() }))
      .meta({ description: 'Every bucket of the range, empty ones too.' }),
    totals: usageSchema,
    previous_totals: usageSchema,
    growth: growthSchema,
    by_model: z
      .array(
        z.object({
          model: z.string(),
          totals: usageSchema,
          previous_totals: usageSchema,
          growth: growthSchema,
        }),
      )
      .meta({ description: 'Those with the most requests in both periods together.' }),
    model_count: z.int(),
  })
  .meta({ id: 'UsageTrends' });

/** The figures of a set of requests; `when` limits them to a period. */
const usageColumns = (prefix: string, when: string) => `
  countIf(${when}) AS ${prefix}requests,
  countIf(NOT success AND ${when}) AS ${prefix}errors,
  sumIf(input_tokens, ${when}) AS ${prefix}input,
  sumIf(output_tokens, ${when}) AS ${prefix}output,
  sumIf(total_tokens, ${when}) AS ${prefix}total,
  sumIf(cost_estimate, ${when}) AS ${prefix}cost,
  countIf(cost_estimate IS NOT NULL AND ${when}) AS ${prefix}cost_n`;

interface UsageRow {
  readonly requests: number;
  readonly errors: number;
  readonly input: number;
  readonly output: number;
  readonly total: number;
  readonly cost: number | null;
  readonly cost_n: number;
}
type PeriodsRow = UsageRow & { readonly [P in keyof UsageRow as `before_${P}`]: UsageRow[P] };

const NONE: UsageRow = {
  requests: 0,
  errors: 0,
  input: 0,
  output: 0,
  total: 0,
  cost: null,
  cost_n: 0,
};

const toUsage = (row: UsageRow): Usage => ({
  requests: row.requests,
  errors: row.errors,
  input_tokens: row.input,
  output_tokens: row.output,
  total_tokens: row.total,
  cost_estimate: row.cost_n === 0 ? null : row.cost,
  requests_without_cost: row.requests - row.cost_n,
});

function before(row: PeriodsRow): UsageRow {
  return {
    requests: row.before_requests,
    errors: row.before_errors,
    input: row.before_input,
    output: row.before_output,
    total: row.before_total,
    cost: row.before_cost,
    cost_n: row.before_cost_n,
  };
}

export function growth(now: Usage, then: Usage): z.infer<typeof growthSchema> {
  const ratio = (a: number | null, b: number | null) => (a === null || !b ? null : a / b - 1);
  return {
    requests: ratio(now.requests, then.requests),
    total_tokens: ratio(now.total_tokens, then.total_tokens),
    cost_estimate: ratio(now.cost_estimate, then.cost_estimate),
  };
}

function seriesQuestion(filters: Filters, range: TimeRange, sizeMs: number): Question {
  const { condition, values } = where(filters, range);
  return {
    query: `SELECT ${BUCKET} AS bucket, ${usageColumns('', 'true')}
      FROM fineprint.ai_requests WHERE ${condition} GROUP BY bucket ORDER BY bucket`,
    values: { ...values, bucket_ms: sizeMs },
  };
}

/** Both periods, of all models together or of each. */
function periodsQuestion(
  filters: Filters,
  range: TimeRange,
  previous: TimeRange,
  limit: number | null,
): Question {
  const { condition, values } = where(filters, { fromMs: previous.fromMs, toMs: range.toMs });
  const isNow = `event_time >= fromUnixTimestamp64Milli({middle:Int64}, 'UTC')`;
  const columns = `${usageColumns('', isNow)}, ${usageColumns('before_', `NOT (${isNow})`)}`;
  const from = `FROM fineprint.ai_requests WHERE ${condition}`;
  if (limit === null) {
    return {
      query: `SELECT uniqExact(model_name) AS models, ${columns} ${from}`,
      values: { ...values, middle: range.fromMs },
    };
  }
  return {
    query: `SELECT model_name AS model, ${columns} ${from} GROUP BY model
      ORDER BY requests + before_requests DESC, model LIMIT {limit:UInt32}`,
    values: { ...values, middle: range.fromMs, limit },
  };
}

async function answer(given: Given, range: TimeRange, { warehouse }: EndpointContext) {
  const sizeMs = bucketMs[given.granularity] ?? DAY_MS;
  const previous = { fromMs: Math.max(0, 2 * range.fromMs - range.toMs), toMs: range.fromMs };
  const [series, byModel, [all]] = await Promise.all([
    warehouse.rows<UsageRow & { bucket: number }>(seriesQuestion(given, range, sizeMs)),
    warehouse.rows<PeriodsRow & { model: string }>(periodsQuestion(given, range, previous, given.limit)),
    warehouse.rows<PeriodsRow & { models: number }>(periodsQuestion(given, range, previous, null)),
  ]);
  if (all === undefined) throw new Error('an aggregate without groups has one row');
  if (all.models === 0 && given.model !== undefined) {
    await requireKnownModel(warehouse, given.model, given.version);
  }
  const found = new Map(series.map((row) => [row.bucket, row]));
  const first = Math.floor(range.fromMs / sizeMs) * sizeMs;
  const buckets = Array.from({ length: bucketCount(range, sizeMs) }, (_, i) => first + i * sizeMs);
  const totals = toUsage(all);
  const previousTotals = toUsage(before(all));
  return {
    range: rangeText(range),
    previous_range: rangeText(previous),
    granularity: given.granularity,
    series: buckets.map((at) => ({ bucket: isoOf(at), ...toUsage(found.get(at) ?? NONE) })),
    totals,
    previous_totals: previousTotals,
    growth: growth(totals, previousTotals),
    by_model: byModel.map((row) => {
      const [now, then] = [toUsage(row), toUsage(before(row))];
      return { model: row.model, totals: now, previous_totals: then, growth: growth(now, then) };
    }),
    model_count: all.models,
  };
}

export const usageTrends: Endpoint = {
  path: '/api/v1/ai/usage-trends',
  name: 'ai.usage-trends',
  action: 'usage',
  summary: 'Requests, tokens and cost over time, and growth against the period before',
  description: 'As a series, in total and by model.',
  parameters,
  answerSchema,
  example: '?granularity=day&from=2026-01-01&to=2026-02-01',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    const { granularity } = given;
    const range = resolveRange(given, { granularity, defaultMs: 30 * DAY_MS, nowMs: context.nowMs });
    return { key: JSON.stringify({ ...given, ...range }), answer: () => answer(given, range, context) };
  },
};
