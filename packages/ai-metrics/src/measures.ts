import type { AiRequest } from '@fineprint/schemas';

/** A number that a request may carry, whose distribution is kept. */
export interface Measure {
  readonly read: (request: AiRequest) => number | null;
  /** What is possible; anything else is left out and counted. */
  readonly min: number;
  readonly max: number;
  /** Sums are exact to 1 / scale. */
  readonly scale: number;
}

/** 31 years: beyond what any request takes. */
const MAX_MS = 1e12;
export const MAX_TOKENS = 1e9;
const NANOSECONDS = 1e6;
export const NANOS = 1e9;

/** By the prefix of their columns. */
export const measures = {
  latency_ms: { read: (r) => r.latency_ms, min: 0, max: MAX_MS, scale: NANOSECONDS },
  ttft_ms: { read: (r) => r.time_to_first_token_ms, min: 0, max: MAX_MS, scale: NANOSECONDS },
  confidence: { read: (r) => r.confidence_score, min: 0, max: 1, scale: NANOS },
  input_tokens: { read: (r) => r.input_tokens, min: 0, max: MAX_TOKENS, scale: 1 },
  output_tokens: { read: (r) => r.output_tokens, min: 0, max: MAX_TOKENS, scale: 1 },
} as const satisfies Record<string, Measure>;

export type MeasureName = keyof typeof measures;
export const measureNames = Object.keys(measures) as readonly MeasureName[];
