import type { Series } from '../windows/block.ts';
import type { GroupValues } from '../windows/group-rows.ts';
import type { Sum } from '../windows/sum.ts';
import type { CostRow } from './cost.ts';
import { LEVELS, type MeasureRow } from './measures.ts';
import type { Filters } from './where.ts';

/** What windows are kept apart by; requests also have other dimensions. */
export const SERIES_DIMENSIONS = ['model', 'version', 'provider', 'variant', 'experiment'] as const;
export type SeriesDimension = (typeof SERIES_DIMENSIONS)[number];

/** Puts a series into its group by these dimensions, unless it is filtered out. */
export function grouping(
  filters: Filters,
  dimensions: readonly SeriesDimension[],
): (series: Series) => GroupValues | null {
  const wanted = (['model', 'version', 'provider', 'variant'] as const).flatMap((name) => {
    const value = filters[name];
    return value === undefined ? [] : [{ name, value }];
  });
  return (series) => {
    if (wanted.some(({ name, value }) => series[name] !== value)) return null;
    return dimensions.map((dimension) => (series[dimension] === '' ? null : series[dimension]));
  };
}

const meanOf = (sum: number, count: number) => (count === 0 ? null : sum / count);
const finite = (value: number) => (Number.isFinite(value) ? value : null);

/** Added-up windows as a row of measures. */
export function measureRowOf(sum: Sum): MeasureRow {
  const n = (name: Parameters<Sum['number']>[0]) => sum.number(name);
  return {
    requests: n('requests'),
    errors: n('requests') - n('successes'),
    error_types: Object.fromEntries(sum.errors()),
    latency_n: n('latency_count'),
    latency_mean: meanOf(n('latency'), n('latency_count')),
    latency_min: finite(n('latency_min')),
    latency_max: finite(n('latency_max')),
    latency_q: sum.quantiles('latency_ms', LEVELS),
    first_token_n: n('ttft_count'),
    first_token_mean: meanOf(n('ttft'), n('ttft_count')),
    first_token_min: finite(n('ttft_min')),
    first_token_max: finite(n('ttft_max')),
    first_token_q: sum.quantiles('ttft_ms', LEVELS),
    input: n('input_tokens'),
    output: n('output_tokens'),
    cached: n('cached_tokens'),
    total: n('total_tokens'),
    cost: n('cost_count') === 0 ? null : n('cost'),
    cost_n: n('cost_count'),
    confidence: meanOf(n('confidence'), n('confidence_count')),
    confidence_n: n('confidence_count'),
    feedback: meanOf(n('feedback'), n('feedback_count')),
    feedback_n: n('feedback_count'),
    priced: costRowOf(sum),
  };
}

/** What added-up windows cost by the price book. */
export const costRowOf = (sum: Sum): CostRow => ({
  cost_nano_usd: sum.number('cost_nano_usd'),
  priced_requests: sum.number('priced_requests'),
  unpriced_requests: sum.number('unpriced_requests'),
});
