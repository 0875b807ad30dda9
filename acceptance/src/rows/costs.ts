import type { SentRequest } from './ai-requests.ts';

/** A request as the cost row sends it. */
export interface CostRequest extends SentRequest {
  readonly provider: string;
  readonly cached_tokens: number;
  readonly service_tier?: string;
  readonly cost_estimate: number;
}

/**
 * What requests cost, from the row's prices and nothing of the product: each in tenths of a millionth of a billionth of a
 * dollar (a price of 3.1416 dollars a million tokens is 31,416,000,000 of them a token), rounded half up to a billionth.
 */
export function costsOf(requests: readonly CostRequest[], changeMs: number): number[] {
  return requests.flatMap((r) => {
    const tier = r.service_tier ?? 'standard';
    if (Number.isNaN(changeMs) || (tier !== 'standard' && tier !== 'batch')) return [];
    const isBefore = Date.parse(r.event_time) < changeMs;
    const [input, cached, output] = isBefore
      ? [31_416_000_000n, 3_141_600_000n, 120_002_000_000n]
      : [10_000_002_000n, 10_000_002_000n, 71_000_000_000n];
    const tokens = [r.input_tokens - r.cached_tokens, r.cached_tokens, r.output_tokens].map(BigInt);
    const [plain = 0n, read = 0n, written = 0n] = tokens;
    const whole = plain * input + read * cached + written * output;
    const divisor = tier === 'batch' ? 20_000_000n : 10_000_000n;
    return [Number((2n * whole + divisor) / (2n * divisor))];
  });
}

/** null of none: unknown is not 0. */
export const sumOf = (costs: readonly number[]): number | null =>
  costs.length === 0 ? null : costs.reduce((a, b) => a + b, 0);
