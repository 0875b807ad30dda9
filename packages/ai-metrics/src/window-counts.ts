import type { AiMetric, AiRequest } from '@fineprint/schemas';
import { countError } from './error-names.ts';
import { MAX_TOKENS, type MeasureName, measureNames, measures, NANOS } from './measures.ts';
import { Sketch } from './sketch.ts';
import { sketchColumns, sketchFieldsOf } from './sketch-columns.ts';

/** The part of a metric that adds up over partitions, segments and longer windows. */
export type Counts = Omit<
  AiMetric,
  | 'window_start'
  | 'model_name'
  | 'model_version'
  | 'provider'
  | 'experiment_id'
  | 'variant'
  | 'segment'
  | 'as_of_offset'
  | 'as_of_source_offset'
>;

const MAX_COST_USD = 1e9;

/** Everything counted of one window. Adding is commutative; merging is adding all requests of both. */
export class WindowCounts {
  readonly #sketches = Object.fromEntries(
    measureNames.map((name) => [name, new Sketch(measures[name].scale)]),
  ) as Record<MeasureName, Sketch>;
  readonly #errors = new Map<string, number>();
  #requests = 0;
  #successes = 0;
  #cachedTokens = 0;
  #totalTokens = 0;
  /** Whole billionths, so that no order of adding changes the sum. */
  #costNanos = 0;
  #estimated = 0;
  #pricedNanos = 0;
  #priced = 0;
  #unpriced = 0;
  #feedbackCount = 0;
  #feedbackNanos = 0;
  #invalid = 0;

  /** `costNanoUsd` is what the request cost by the price book; null where that does not know it. */
  add(request: AiRequest, costNanoUsd: number | null): void {
    this.#requests++;
    if (costNanoUsd === null) this.#unpriced++;
    else {
      this.#priced++;
      this.#pricedNanos += costNanoUsd;
    }
    // A success that names an error is a success: errors and successes always add up to the requests.
    if (request.success) this.#successes++;
    else countError(this.#errors, request.error_type);
    for (const name of measureNames) {
      const { read, min, max } = measures[name];
      const value = this.#possible(read(request), min, max);
      if (value !== null) this.#sketches[name].add(value);
    }
    this.#cachedTokens += this.#possible(request.cached_tokens, 0, MAX_TOKENS) ?? 0;
    this.#totalTokens += this.#possible(request.total_tokens, 0, 2 * MAX_TOKENS) ?? 0;
    const cost = this.#possible(request.cost_estimate, 0, MAX_COST_USD);
    if (cost !== null) {
      this.#estimated++;
      this.#costNanos += Math.round(cost * NANOS);
    }
    const feedback = this.#possible(request.feedback_score, -1, 1);
    if (feedback !== null) {
      this.#feedbackCount++;
      this.#feedbackNanos += Math.round(feedback * NANOS);
    }
  }

  merge(counts: Counts): void {
    this.#requests += counts.requests;
    this.#successes += counts.successes;
    for (const [name, count] of Object.entries(counts.errors))
      this.#errors.set(name, (this.#errors.get(name) ?? 0) + count);
    for (const name of measureNames) this.#sketches[name].merge(sketchFieldsOf(counts, name));
    this.#cachedTokens += counts.cached_tokens;
    this.#totalTokens += counts.total_tokens;
    this.#costNanos += Math.round(counts.cost_estimate_usd * NANOS);
    this.#estimated += counts.estimated_requests;
    this.#pricedNanos += counts.cost_nano_usd;
    this.#priced += counts.priced_requests;
    this.#unpriced += counts.unpriced_requests;
    this.#feedbackCount += counts.feedback_count;
    this.#feedbackNanos += Math.round(counts.feedback_sum * NANOS);
    this.#invalid += counts.invalid_values;
  }

  counts(): Counts {
    return {
      requests: this.#requests,
      successes: this.#successes,
      errors: Object.fromEntries(this.#errors),
      cached_tokens: this.#cachedTokens,
      total_tokens: this.#totalTokens,
      cost_estimate_usd: this.#costNanos / NANOS,
      estimated_requests: this.#estimated,
      cost_nano_usd: this.#pricedNanos,
      priced_requests: this.#priced,
      unpriced_requests: this.#unpriced,
      feedback_count: this.#feedbackCount,
      feedback_sum: this.#feedbackNanos / NANOS,
      invalid_values: this.#invalid,
      ...sketchColumns(this.#sketches),
    };
  }

  /** The value where it can be true; null, and counted, where it cannot. */
  #possible(value: number | null, min: number, max: number): number | null {
    if (value === null) return null;
    if (value >= min && value <= max) return value;
    this.#invalid++;
    return null;
  }
}
