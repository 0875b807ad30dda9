import type { NoPrice, PriceBook, PricedSeries } from './price-book.ts';
import type { TokenPrices } from './price-entry.ts';

/** A request as far as its cost goes. Cached tokens are a part of the input tokens. */
export interface PricedRequest extends PricedSeries {
  readonly event_time: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly output_tokens: number;
}

/** Why a request has no cost. Stable: metrics name them. */
export type Unpriced =
  | NoPrice
  | 'impossible_tokens' // negative, no whole number, absurdly many, or more cached than read
  | 'cost_out_of_range';

export type RequestCost =
  | { readonly costNanoUsd: number; readonly reason: null }
  | { readonly costNanoUsd: null; readonly reason: Unpriced };

/** The price book has nothing for it. Another price book may have. */
export const isNoPrice = ({ reason }: RequestCost): boolean =>
  reason !== null && reason !== 'impossible_tokens' && reason !== 'cost_out_of_range';

export const MAX_TOKENS = 1_000_000_000;
/**
 * 274.88 dollars. What 32,768 requests of one window cost then is below 2^53, so every sum is exact. More than one request
 * can cost by any list is a slip of the unit.
 */
export const MAX_COST_NANO_USD = 2 ** 38 - 1;
const MILLION = 1_000_000;
const HALF_MILLION = MILLION / 2;

const without = (reason: Unpriced): RequestCost => ({ costNanoUsd: null, reason });

/** What a request cost at the prices in force when it happened. Unknown is null and says why, never 0. */
export function priceRequest(book: PriceBook, request: PricedRequest): RequestCost {
  const { input_tokens: input, cached_tokens: cached, output_tokens: output } = request;
  if (!isCount(input) || !isCount(cached) || !isCount(output) || cached > input)
    return without('impossible_tokens');
  const entry = book.find(request, request.event_time);
  if (typeof entry === 'string') return without(entry);
  const costNanoUsd = costOf(entry.prices, input, cached, output);
  return costNanoUsd > MAX_COST_NANO_USD ? without('cost_out_of_range') : { costNanoUsd, reason: null };
}

const isCount = (tokens: number) => Number.isInteger(tokens) && tokens >= 0 && tokens <= MAX_TOKENS;

/**
 * (input - cached) × input price + cached × cached price + output × output price, over a million, rounded once, half up, to
 * a whole billionth of a dollar. All before that is exact, so sums of requests do not depend on their order.
 */
export function costOf(prices: TokenPrices, input: number, cached: number, output: number): number {
  const cachedPrice = prices.cachedInput ?? prices.input;
  const sum = (input - cached) * prices.input + cached * cachedPrice + output * prices.output;
  // A sum that stays below 2^53 was exact at every step: no term is negative.
  if (sum <= Number.MAX_SAFE_INTEGER) {
    const rest = sum % MILLION;
    return (sum - rest) / MILLION + (rest >= HALF_MILLION ? 1 : 0);
  }
  const exact =
    BigInt(input - cached) * BigInt(prices.input) +
    BigInt(cached) * BigInt(cachedPrice) +
    BigInt(output) * BigInt(prices.output);
  return Number((exact + BigInt(HALF_MILLION)) / BigInt(MILLION));
}
