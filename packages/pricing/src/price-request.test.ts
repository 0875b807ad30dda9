import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PriceBook } from './price-book.ts';
import type { PriceEntry, TokenPrices } from './price-entry.ts';
import { costOf, MAX_COST_NANO_USD, type PricedRequest, priceRequest } from './price-request.ts';

const DAY = 86_400_000;
const usd = (dollars: number) => dollars * 1e9;
const entry = (change: Partial<PriceEntry> = {}): PriceEntry => ({
  provider: 'openai',
  model: 'm',
  tier: 'standard',
  region: null,
  prices: { input: usd(2.5), cachedInput: usd(1.25), cacheWrite: null, output: usd(10) },
  fromMs: 0,
  toMs: null,
  source: '',
  ...change,
});
const request = (change: Partial<PricedRequest> = {}): PricedRequest => ({
  event_time: DAY,
  model_name: 'm',
  model_version: '',
  provider: 'openai',
  service_tier: null,
  region: null,
  input_tokens: 1_000,
  cached_tokens: 0,
  output_tokens: 100,
  ...change,
});
const cost = (change: Partial<PricedRequest>, entries = [entry()]) =>
  priceRequest(new PriceBook(entries), request(change));

describe('by hand', () => {
  it.each([
    // 1,000 × 2.50 + 100 × 10 dollars per million = 0.0035
    [{}, 3_500_000],
    // 600 × 2.50 + 400 × 1.25 + 100 × 10 = 1,500 + 500 + 1,000 millionths
    [{ cached_tokens: 400 }, 3_000_000],
    [{ input_tokens: 0, output_tokens: 0 }, 0],
    [{ input_tokens: 1, output_tokens: 0 }, 2_500],
  ])('%o costs %d billionths', (change, costNanoUsd) => {
    expect(cost(change)).toEqual({ costNanoUsd, reason: null });
  });

  it('bills cached tokens as other input where they have no price', () => {
    const prices = { input: usd(2.5), cachedInput: null, cacheWrite: null, output: usd(10) };
    expect(cost({ cached_tokens: 400 }, [entry({ prices })]).costNanoUsd).toBe(3_500_000);
  });

  it('rounds once, half up', () => {
    const prices = { input: 1, cachedInput: 1, cacheWrite: null, output: 1 };
    expect(costOf(prices, 499_999, 0, 0)).toBe(0);
    expect(costOf(prices, 250_000, 0, 250_000)).toBe(1);
    expect(costOf(prices, 1_499_999, 0, 0)).toBe(1);
    expect(costOf(prices, 1_000_000, 0, 500_000)).toBe(2);
  });
});

describe('no cost, and why', () => {
  it.each([
    ['unknown_model', { model_name: 'other' }],
    ['unknown_model', { provider: 'azure' }],
    ['unknown_model', { model_name: 'x'.repeat(1_000_000) }],
    ['unknown_tier', { service_tier: 'batch' }],
    ['no_price_at_time', { event_time: -1 }],
    ['impossible_tokens', { input_tokens: -1 }],
    ['impossible_tokens', { output_tokens: 1.5 }],
    ['impossible_tokens', { output_tokens: Number.NaN }],
    ['impossible_tokens', { input_tokens: 1e15 }],
    ['impossible_tokens', { cached_tokens: 1_001 }],
    ['cost_out_of_range', { output_tokens: 1e9 }],
  ] as const)('%s: %o', (reason, change) => {
    expect(cost(change)).toEqual({ costNanoUsd: null, reason });
  });

  it('unknown_region where only other regions have a price', () => {
    expect(cost({ region: 'us' }, [entry({ region: 'eu' })]).reason).toBe('unknown_region');
    expect(cost({}, [entry({ region: 'eu' })]).reason).toBe('unknown_region');
  });

  it('ambiguous_provider where it names none and two have the model', () => {
    const two = [entry(), entry({ provider: 'azure' })];
    expect(cost({ provider: null }, two).reason).toBe('ambiguous_provider');
    expect(cost({ provider: 'Azure' }, two).costNanoUsd).toBe(3_500_000);
    expect(cost({ provider: '' }, [entry()]).costNanoUsd).toBe(3_500_000);
  });
});

describe('arithmetic', () => {
  const price = fc.integer({ min: 0, max: 1e15 });
  const prices: fc.Arbitrary<TokenPrices> = fc.record({
    input: price,
    cachedInput: fc.option(price, { nil: null }),
    cacheWrite: fc.constant(null),
    output: price,
  });
  const tokens = fc.integer({ min: 0, max: 1e9 });

  it('equals the definition in integers of any size', () => {
    fc.assert(
      fc.property(prices, tokens, tokens, tokens, (p, a, b, output) => {
        const [cached, input] = a < b ? [a, b] : [b, a];
        const exact =
          BigInt(input - cached) * BigInt(p.input) +
          BigInt(cached) * BigInt(p.cachedInput ?? p.input) +
          BigInt(output) * BigInt(p.output);
        expect(costOf(p, input, cached, output)).toBe(Number((exact + 500_000n) / 1_000_000n));
      }),
      { numRuns: 500 },
    );
  });

  it('adds up to the same whatever the order, and never beyond what a number holds', () => {
    expect(MAX_COST_NANO_USD * 32_768).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    fc.assert(
      fc.property(fc.array(fc.record({ input: tokens, output: tokens }), { maxLength: 200 }), (all) => {
        const book = new PriceBook([entry()]);
        const costs = all.map(
          ({ input, output }) =>
            priceRequest(book, request({ input_tokens: input, output_tokens: output })).costNanoUsd ?? 0,
        );
        expect(sum(costs)).toBe(sum([...costs].reverse()));
        expect(sum(costs)).toBe(sum([...costs].sort((a, b) => a - b)));
      }),
    );
  });

  it('more tokens never cost less; a cheaper cache never costs more', () => {
    fc.assert(
      fc.property(prices, tokens, tokens, fc.nat(1_000), (p, input, output, more) => {
        expect(costOf(p, input + more, 0, output)).toBeGreaterThanOrEqual(costOf(p, input, 0, output));
        const cheap = { ...p, cachedInput: Math.floor(p.input / 2) };
        expect(costOf(cheap, input, input, output)).toBeLessThanOrEqual(costOf(cheap, input, 0, output));
      }),
    );
  });
});
