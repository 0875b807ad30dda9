/** Whose figures a row holds. Empty where requests do not say. */
export interface Series {
  readonly model: string;
  readonly version: string;
  readonly provider: string;
  readonly experiment: string;
  readonly variant: string;
}

/**
 * The numbers of a row, in their order: how each is read from ai_metrics, and what two rows make together. Sums start
 * from 0, the smallest and the largest from infinity; a row adds up over any set of windows and series.
 */
export const NUMBERS = {
  requests: { from: 'sum(requests)', merge: 'sum' },
  successes: { from: 'sum(successes)', merge: 'sum' },
  input_tokens: { from: 'sum(input_tokens_sum)', merge: 'sum' },
  output_tokens: { from: 'sum(output_tokens_sum)', merge: 'sum' },
  cached_tokens: { from: 'sum(cached_tokens)', merge: 'sum' },
  total_tokens: { from: 'sum(total_tokens)', merge: 'sum' },
  cost: { from: 'sum(cost_estimate_usd)', merge: 'sum' },
  cost_count: { from: 'sum(estimated_requests)', merge: 'sum' },
  /** Below 2^53 billionths of a dollar, nine million dollars, exact. */
  cost_nano_usd: { from: 'sum(cost_nano_usd)', merge: 'sum' },
  priced_requests: { from: 'sum(priced_requests)', merge: 'sum' },
  unpriced_requests: { from: 'sum(unpriced_requests)', merge: 'sum' },
  feedback: { from: 'sum(feedback_sum)', merge: 'sum' },
  feedback_count: { from: 'sum(feedback_count)', merge: 'sum' },
  confidence: { from: 'sum(confidence_sum)', merge: 'sum' },
  confidence_count: { from: 'sum(confidence_count)', merge: 'sum' },
  latency: { from: 'sum(latency_ms_sum)', merge: 'sum' },
  latency_count: { from: 'sum(latency_ms_count)', merge: 'sum' },
  latency_min: { from: 'ifNull(min(latency_ms_min), inf)', merge: 'min' },
  latency_max: { from: 'ifNull(max(latency_ms_max), -inf)', merge: 'max' },
  ttft: { from: 'sum(ttft_ms_sum)', merge: 'sum' },
  ttft_count: { from: 'sum(ttft_ms_count)', merge: 'sum' },
  ttft_min: { from: 'ifNull(min(ttft_ms_min), inf)', merge: 'min' },
  ttft_max: { from: 'ifNull(max(ttft_ms_max), -inf)', merge: 'max' },
} as const satisfies Record<string, { readonly from: string; readonly merge: 'sum' | 'min' | 'max' }>;

export type NumberName = keyof typeof NUMBERS;
export const numberNames = Object.keys(NUMBERS) as readonly NumberName[];

/**
 * What variances are made of: count, mean, and the sum of squared distances from it. ai_metrics keeps no squares, so these
 * come from the requests of the window, by their column. All three of each follow the numbers.
 */
export const MOMENTS = {
  latency_ms: 'latency_ms',
  confidence: 'confidence_score',
  total_tokens: 'total_tokens',
} as const;
export type MomentName = keyof typeof MOMENTS;
export const momentNames = Object.keys(MOMENTS) as readonly MomentName[];
export const WIDTH = numberNames.length + 3 * momentNames.length;

/** Sketches that a row holds, by the prefix of their columns in ai_metrics. */
export const SKETCHES = ['latency_ms', 'ttft_ms'] as const;
export type SketchName = (typeof SKETCHES)[number];

/** Per row a list of (bin, count). Row i's are those from `starts[i]` up to `starts[i + 1]`. */
export interface Lists {
  readonly starts: Uint32Array;
  readonly bins: Int16Array;
  readonly counts: Uint32Array;
}

/** Rows of metrics in columns, ascending by time: one per window and series. Never changed. */
export interface Block {
  readonly rows: number;
  /** A window's start, epoch milliseconds. */
  readonly times: Float64Array;
  readonly series: readonly Series[];
  /** Of each row, its place in `series`. */
  readonly seriesOf: Uint32Array;
  /** Row by row, WIDTH numbers each. */
  readonly numbers: Float64Array;
  readonly sketches: Readonly<Record<SketchName, Lists>>;
  readonly errorTypes: readonly string[];
  /** Errors by type; a bin is a place in `errorTypes`. */
  readonly errors: Lists;
}

/** About what a block takes in memory. */
export function sizeOf(block: Block): number {
  const lists = [...SKETCHES.map((name) => block.sketches[name]), block.errors];
  const listBytes = lists.reduce(
    (sum, l) => sum + l.starts.byteLength + l.bins.byteLength + l.counts.byteLength,
    0,
  );
  const text = (block.series.length + block.errorTypes.length) * 500;
  return block.times.byteLength + block.seriesOf.byteLength + block.numbers.byteLength + listBytes + text;
}

/** The first row that does not begin before `ms`. */
export function rowAt(block: Block, ms: number): number {
  let from = 0;
  let to = block.rows;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((block.times[middle] ?? 0) < ms) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Some rows of a block as a block of their own, which shares nothing with it. */
export function sliceBlock(block: Block, from: number, to: number): Block {
  const slice = (lists: Lists): Lists => {
    const [first, end] = [lists.starts[from] ?? 0, lists.starts[to] ?? 0];
    return {
      starts: lists.starts.slice(from, to + 1).map((start) => start - first),
      bins: lists.bins.slice(first, end),
      counts: lists.counts.slice(first, end),
    };
  };
  return {
    rows: to - from,
    times: block.times.slice(from, to),
    series: block.series,
    seriesOf: block.seriesOf.slice(from, to),
    numbers: block.numbers.slice(from * WIDTH, to * WIDTH),
    sketches: { latency_ms: slice(block.sketches.latency_ms), ttft_ms: slice(block.sketches.ttft_ms) },
    errorTypes: block.errorTypes,
    errors: slice(block.errors),
  };
}
