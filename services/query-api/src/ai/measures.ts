import { z } from 'zod';
import { type CostRow, costFields, toCost } from './cost.ts';

/** Relative: a percentile p is within 1 % of the exact one. DDSketch's guarantee, which merges keep. */
export const PERCENTILE_ERROR = 0.01;

/** The percentiles of a distribution. */
export const LEVELS = [0.5, 0.9, 0.95, 0.99] as const;
/** A service may be sent any error type; the rest is summed up. */
const MAX_ERROR_TYPES = 50;

/** The figures of one group of requests, as expressions over ai_requests. */
export const MEASURES = measuresWith('avg(feedback_score)', 'count(feedback_score)');

/** The same over requests joined with ai_feedback_by_request: satisfaction is of all ratings. */
const RATINGS = '(count(feedback_score) + sum(raters))';
export const RATED_MEASURES = measuresWith(
  `if(${RATINGS} = 0, NULL, (ifNull(sum(feedback_score), 0) + sum(score_sum)) / ${RATINGS})`,
  RATINGS,
);

function measuresWith(feedback: string, feedbackCount: string): string {
  return `
  count() AS requests,
  countIf(NOT success) AS errors,
  sumMapIf(map(ifNull(error_type, 'unknown'), toUInt64(1)), NOT success) AS error_types,
  ${distribution('latency_ms', 'latency')},
  ${distribution('time_to_first_token_ms', 'first_token')},
  sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cached_tokens) AS cached, sum(total_tokens) AS total,
  sum(cost_estimate) AS cost, count(cost_estimate) AS cost_n,
  avg(confidence_score) AS confidence, count(confidence_score) AS confidence_n,
  ${feedback} AS feedback, ${feedbackCount} AS feedback_n`;
}

function distribution(column: string, name: string): string {
  const levels = LEVELS.join(', ');
  return `count(${column}) AS ${name}_n, avg(${column}) AS ${name}_mean, min(${column}) AS ${name}_min,
  max(${column}) AS ${name}_max, quantilesDD(${PERCENTILE_ERROR}, ${levels})(${column}) AS ${name}_q`;
}

/** A row of these expressions. */
export interface MeasureRow {
  readonly requests: number;
  readonly errors: number;
  readonly error_types: Readonly<Record<string, number>>;
  readonly latency_n: number;
  readonly latency_mean: number | null;
  readonly latency_min: number | null;
  readonly latency_max: number | null;
  readonly latency_q: readonly (number | null)[];
  readonly first_token_n: number;
  readonly first_token_mean: number | null;
  readonly first_token_min: number | null;
  readonly first_token_max: number | null;
  readonly first_token_q: readonly (number | null)[];
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly total: number;
  readonly cost: number | null;
  readonly cost_n: number;
  readonly confidence: number | null;
  readonly confidence_n: number;
  readonly feedback: number | null;
  readonly feedback_n: number;
  /** By the price book; null where the groups are finer than the windows it is kept in. */
  readonly priced: CostRow | null;
}

const count = z.int().nonnegative();
const figure = z.number().nullable();
const distributionSchema = z
  .object({
    count: count.meta({ description: 'Requests that say it; without any, the rest is null.' }),
    mean: figure,
    min: figure,
    max: figure,
    p50: figure,
    p90: figure,
    p95: figure,
    p99: figure,
  })
  .meta({ id: 'Distribution', description: 'Milliseconds. Percentiles are within 1 % of the exact ones.' });
const meanSchema = z.object({ count, mean: figure }).meta({ id: 'Mean' });

export const measuresSchema = z
  .object({
    requests: count,
    throughput_per_second: z.number(),
    errors: count,
    error_rate: figure,
    errors_by_type: z
      .array(z.object({ type: z.string(), errors: count }))
      .meta({ description: `The ${MAX_ERROR_TYPES} most frequent; errors without a type are \`unknown\`.` }),
    errors_of_other_types: count,
    latency_ms: distributionSchema,
    time_to_first_token_ms: distributionSchema,
    tokens: z.object({ input: z.int(), output: z.int(), cached: z.int(), total: z.int() }),
    ...costFields,
    cost_estimate: z
      .object({ sum: figure, requests_with_cost: count, requests_without_cost: count })
      .meta({ description: 'As producers gave it; null where none did, never 0.' }),
    confidence: meanSchema,
    satisfaction: meanSchema.meta({
      description:
        'Of ratings: scores sent with the requests, and what each rater last said of each request afterwards. real-time has only the former.',
    }),
  })
  .meta({ id: 'Measures' });

export type Measures = z.infer<typeof measuresSchema>;

/** A row as it is answered; `seconds` is the time that it covers. */
export function toMeasures(row: MeasureRow, seconds: number): Measures {
  const types = Object.entries(row.error_types).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = types.slice(0, MAX_ERROR_TYPES).map(([type, errors]) => ({ type, errors }));
  return {
    requests: row.requests,
    throughput_per_second: row.requests / seconds,
    errors: row.errors,
    error_rate: row.requests === 0 ? null : row.errors / row.requests,
    errors_by_type: shown,
    errors_of_other_types: row.errors - shown.reduce((sum, t) => sum + t.errors, 0),
    latency_ms: {
      count: row.latency_n,
      mean: row.latency_mean,
      min: row.latency_min,
      max: row.latency_max,
      ...percentiles(row.latency_n, row.latency_q),
    },
    time_to_first_token_ms: {
      count: row.first_token_n,
      mean: row.first_token_mean,
      min: row.first_token_min,
      max: row.first_token_max,
      ...percentiles(row.first_token_n, row.first_token_q),
    },
    tokens: { input: row.input, output: row.output, cached: row.cached, total: row.total },
    ...toCost(row.priced),
    cost_estimate: {
      sum: row.cost,
      requests_with_cost: row.cost_n,
      requests_without_cost: row.requests - row.cost_n,
    },
    confidence: { count: row.confidence_n, mean: row.confidence },
    satisfaction: { count: row.feedback_n, mean: row.feedback },
  };
}

/** Of no values there are none, whatever a sketch says. */
function percentiles(n: number, q: readonly (number | null)[]) {
  const at = (i: number) => (n === 0 ? null : (q[i] ?? null));
  return { p50: at(0), p90: at(1), p95: at(2), p99: at(3) };
}
