import { randomUUID } from 'node:crypto';

/** A row of ai_requests as tests write it; what is left out is the column's default. */
export interface AiRow {
  readonly event_id: string;
  readonly event_time: number;
  readonly model_name: string;
  readonly model_version: string;
  readonly provider: string | null;
  readonly variant: string | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  readonly total_tokens: number;
  readonly latency_ms: number | null;
  readonly time_to_first_token_ms: number | null;
  readonly success: boolean;
  readonly error_type: string | null;
  readonly confidence_score: number | null;
  readonly cost_estimate: number | null;
  readonly feedback_score: number | null;
}

/** What a row costs in billionths of a dollar, at made-up prices; null where it names no provider. */
export function costNanoUsdOf(row: AiRow): number | null {
  if (row.provider === null) return null;
  return (
    (row.input_tokens - row.cached_tokens) * 3_000 + row.cached_tokens * 301 + row.output_tokens * 12_007
  );
}

/** Repeats itself for equal seeds (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface GeneratedRows {
  readonly seed: number;
  readonly count: number;
  readonly model: string;
  readonly version: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Stretches latencies. */
  readonly scale?: number;
}

const PROVIDERS = ['azure', 'anthropic', null] as const;
const ERRORS = ['timeout', 'rate_limit', null] as const;

/** Requests with long-tailed latencies, errors, and gaps in everything that may be missing. */
export function generateRows(options: GeneratedRows): AiRow[] {
  const random = randomSource(options.seed);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const maybe = <T>(value: T): T | null => (random() < 0.1 ? null : value);
  return Array.from({ length: options.count }, () => {
    const success = random() > 0.07;
    const [input, output] = [Math.floor(random() * 4_000), Math.floor(random() * 1_500)];
    const latency = 40 * (options.scale ?? 1) * Math.exp(2.5 * random() * random());
    return {
      event_id: randomUUID(),
      event_time: options.fromMs + Math.floor(random() * (options.toMs - options.fromMs)),
      model_name: options.model,
      model_version: options.version,
      provider: pick(PROVIDERS),
      variant: pick(['a', 'b', null]),
      input_tokens: input,
      output_tokens: output,
      cached_tokens: Math.floor(input / 3),
      total_tokens: input + output,
      latency_ms: maybe(latency),
      time_to_first_token_ms: maybe(latency / 4),
      success,
      error_type: success ? null : pick(ERRORS),
      confidence_score: maybe(random()),
      cost_estimate: maybe(Math.round(random() * 1e4) / 1e6),
      feedback_score: random() < 0.8 ? null : Math.round(random() * 4) / 2 - 1,
    };
  });
}
