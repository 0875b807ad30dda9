import { type AiRow, costNanoUsdOf } from './ai-rows.ts';

const numbers = (values: readonly (number | null)[]) => values.filter((v) => v !== null);
const total = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0);

export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly errorTypes: Readonly<Record<string, number>>;
  readonly latencies: readonly number[];
  readonly firstTokens: readonly number[];
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cached: number;
    readonly total: number;
  };
  /** Producers' estimates. */
  readonly costs: readonly number[];
  /** By the price book, in dollars. */
  readonly ownCosts: readonly number[];
  readonly confidences: readonly number[];
  readonly feedbacks: readonly number[];
}

/** The same figures as the API's, computed plainly from the rows. */
export function figuresOf(rows: readonly AiRow[]): Figures {
  const failed = rows.filter((r) => !r.success);
  const errorTypes: Record<string, number> = {};
  for (const { error_type } of failed) {
    const type = error_type ?? 'unknown';
    errorTypes[type] = (errorTypes[type] ?? 0) + 1;
  }
  const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  return {
    requests: rows.length,
    errors: failed.length,
    errorTypes,
    latencies: ascending(numbers(rows.map((r) => r.latency_ms))),
    firstTokens: ascending(numbers(rows.map((r) => r.time_to_first_token_ms))),
    tokens: {
      input: total(rows.map((r) => r.input_tokens)),
      output: total(rows.map((r) => r.output_tokens)),
      cached: total(rows.map((r) => r.cached_tokens)),
      total: total(rows.map((r) => r.total_tokens)),
    },
    costs: numbers(rows.map((r) => r.cost_estimate)),
    ownCosts: numbers(rows.map(costNanoUsdOf)).map((nanos) => nanos / 1e9),
    confidences: numbers(rows.map((r) => r.confidence_score)),
    feedbacks: numbers(rows.map((r) => r.feedback_score)),
  };
}

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : total(values) / values.length;

export const sumOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : total(values);

/** The two values between which the exact percentile of sorted values lies, whichever definition is used. */
export function percentileBounds(sorted: readonly number[], level: number): { low: number; high: number } {
  const rank = level * (sorted.length - 1);
  const at = (i: number) => sorted[Math.min(sorted.length - 1, Math.max(0, i))] ?? Number.NaN;
  return { low: at(Math.floor(rank)), high: at(Math.ceil(rank)) };
}
