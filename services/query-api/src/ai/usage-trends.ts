import { z } from 'zod';
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
import { groupRows } from '../windows/group-rows.ts';
import { Sum } from '../windows/sum.ts';
import type { Piece } from '../windows/window-store.ts';
import { costFields, NO_COST, toCost } from './cost.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { requireKnownModel } from './known-model.ts';
import type { Filters } from './where.ts';
import { costRowOf, grouping } from './window-figures.ts';

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
    ...costFields,
    cost_estimate: z.number().nullable().meta({ description: 'Null where no request says it.' }),
    requests_without_cost: z.int(),
  })
  .meta({ id: 'Usage' });
type Usage = z.infer<typeof usageSchema>;

const growthSchema = z
  .object({
    requests: z.number().nullable(),
    total_tokens: z.number().nullable(),
    cost_usd: z.number().nullable(),
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

const NOTHING: Usage = {
  requests: 0,
  errors: 0,
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  ...toCost(NO_COST),
  cost_estimate: null,
  requests_without_cost: 0,
};

const usageOf = (sum: Sum): Usage => ({
  requests: sum.number('requests'),
  errors: sum.number('requests') - sum.number('successes'),
  input_tokens: sum.number('input_tokens'),
  output_tokens: sum.number('output_tokens'),
  total_tokens: sum.number('total_tokens'),
  ...toCost(costRowOf(sum)),
  cost_estimate: sum.number('cost_count') === 0 ? null : sum.number('cost'),
  requests_without_cost: sum.number('requests') - sum.number('cost_count'),
});

export function growth(now: Usage, then: Usage): z.infer<typeof growthSchema> {
  const ratio = (a: number | null, b: number | null) => (a === null || !b ? null : a / b - 1);
  return {
    requests: ratio(now.requests, then.requests),
    total_tokens: ratio(now.total_tokens, then.total_tokens),
    cost_usd: ratio(now.cost_usd, then.cost_usd),
    cost_estimate: ratio(now.cost_estimate, then.cost_estimate),
  };
}

/** Usage by group; the name of a group of no dimensions is empty. */
function usageBy(
  pieces: readonly Piece[],
  filters: Filters,
  by: { readonly dimensions: readonly 'model'[]; readonly bucketMs: number | null },
): { bucket: number | null; name: string; usage: Usage }[] {
  const sum = new Sum([]);
  return groupRows(pieces, grouping(filters, by.dimensions), by.bucketMs).map(
    ({ bucket, values, addTo }) => ({ bucket, name: values[0] ?? '', usage: usageOf(addTo(sum)) }),
  );
}

async function answer(given: Given, range: TimeRange, context: EndpointContext, dataVersion: string) {
  const { windows, warehouse } = context;
  const sizeMs = bucketMs[given.granularity] ?? DAY_MS;
  const previous = { fromMs: Math.max(0, 2 * range.fromMs - range.toMs), toMs: range.fromMs };
  const series = await windows.read(range, dataVersion, given.granularity);
  const now = await windows.read(range, dataVersion, 'day');
  const then = await windows.read(previous, dataVersion, 'day');

  const all = { dimensions: [], bucketMs: null } as const;
  const [totals = NOTHING] = usageBy(now, given, all).map((g) => g.usage);
  const [previousTotals = NOTHING] = usageBy(then, given, all).map((g) => g.usage);
  const byModel = modelsOf(now, then, given);
  if (byModel.length === 0 && given.model !== undefined) {
    await requireKnownModel(warehouse, given.model, given.version);
  }
  const found = new Map(
    usageBy(series, given, { dimensions: [], bucketMs: sizeMs }).map((g) => [g.bucket, g.usage]),
  );
  const first = Math.floor(range.fromMs / sizeMs) * sizeMs;
  const buckets = Array.from({ length: bucketCount(range, sizeMs) }, (_, i) => first + i * sizeMs);
  return {
    range: rangeText(range),
    previous_range: rangeText(previous),
    granularity: given.granularity,
    series: buckets.map((at) => ({ bucket: isoOf(at), ...(found.get(at) ?? NOTHING) })),
    totals,
    previous_totals: previousTotals,
    growth: growth(totals, previousTotals),
    by_model: byModel.slice(0, given.limit),
    model_count: byModel.length,
  };
}

/** Every model of either period, those with the most requests first. */
function modelsOf(now: readonly Piece[], then: readonly Piece[], filters: Filters) {
  const by = { dimensions: ['model'], bucketMs: null } as const;
  const [after, before] = [usageBy(now, filters, by), usageBy(then, filters, by)].map(
    (groups) => new Map(groups.map(({ name, usage }) => [name, usage])),
  );
  const models = [...new Set([...(after?.keys() ?? []), ...(before?.keys() ?? [])])].map((model) => {
    const [totals, previousTotals] = [after?.get(model) ?? NOTHING, before?.get(model) ?? NOTHING];
    return { model, totals, previous_totals: previousTotals, growth: growth(totals, previousTotals) };
  });
  const requests = (m: (typeof models)[number]) => m.totals.requests + m.previous_totals.requests;
  return models.sort((a, b) => requests(b) - requests(a) || (a.model < b.model ? -1 : 1));
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
    return {
      key: JSON.stringify({ ...given, ...range }),
      answer: (dataVersion) => answer(given, range, context, dataVersion),
    };
  },
};
