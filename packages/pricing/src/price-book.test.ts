import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PriceBook, type PricedSeries } from './price-book.ts';
import type { PriceEntry } from './price-entry.ts';

const price = (change: Partial<PriceEntry>): PriceEntry => ({
  provider: 'openai',
  model: 'gpt-4o',
  tier: 'standard',
  region: null,
  prices: { input: 1, cachedInput: null, cacheWrite: null, output: 1 },
  fromMs: 0,
  toMs: null,
  source: '',
  ...change,
});
const series = (change: Partial<PricedSeries>): PricedSeries => ({
  model_name: 'gpt-4o',
  model_version: '',
  provider: 'openai',
  service_tier: null,
  region: null,
  ...change,
});
/** The source of what is found tells which entry it was. */
const found = (book: PriceBook, change: Partial<PricedSeries>, timeMs = 0) => {
  const entry = book.find(series(change), timeMs);
  return typeof entry === 'string' ? entry : entry.source;
};

describe('names', () => {
  const book = new PriceBook([
    price({ model: 'gpt-4o', source: 'name' }),
    price({ model: 'gpt-4o-20*', source: 'dated' }),
    price({ model: 'gpt-4o-2024-05-13', source: 'may' }),
    price({ model: 'gpt-4o-mini', source: 'mini' }),
  ]);
  it.each([
    ['gpt-4o', '', 'name'],
    ['GPT-4o', '', 'name'],
    ['gpt-4o', '1.0.0', 'name'],
    ['gpt-4o', '2024-08-06', 'dated'],
    ['gpt-4o-2024-08-06', '', 'dated'],
    ['gpt-4o-2024-08-06', '1', 'dated'],
    ['gpt-4o', '2024-05-13', 'may'],
    ['gpt-4o-2024-05-13', 'x', 'may'],
    ['gpt-4o-mini', '', 'mini'],
    ['gpt-4o-mini', '2024-07-18', 'mini'],
    ['gpt-4o-mini-2024-07-18', '', 'unknown_model'],
    ['gpt-4o-audio', '', 'unknown_model'],
    ['gpt-4', '', 'unknown_model'],
  ])('%s, version "%s": %s', (model_name, model_version, source) => {
    expect(found(book, { model_name, model_version })).toBe(source);
    expect(found(book, { model_name, model_version, provider: null })).toBe(source);
  });

  it('a model that has no such tier is not priced as a less specific one that does', () => {
    const entries = [price({ model: 'gpt-*', tier: 'batch' }), price({ model: 'gpt-4o' })];
    expect(found(new PriceBook(entries), { service_tier: 'batch' })).toBe('unknown_tier');
  });
});

describe('tiers, regions, times', () => {
  it('takes default for standard, and a region before any region', () => {
    const book = new PriceBook([
      price({ source: 'any' }),
      price({ region: 'eu', source: 'eu', toMs: 100 }),
      price({ tier: 'batch', source: 'batch' }),
    ]);
    expect(found(book, { service_tier: 'Default' })).toBe('any');
    expect(found(book, { service_tier: 'batch', region: 'us' })).toBe('batch');
    expect(found(book, { region: 'EU' }, 99)).toBe('eu');
    expect(found(book, { region: 'eu' }, 100)).toBe('any');
    expect(found(book, { region: 'us' }, 99)).toBe('any');
  });

  it('a time falls under the price whose range holds it: start included, end not', () => {
    const bounds = fc.uniqueArray(fc.nat(1_000), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(bounds, fc.nat(1_100), (given, timeMs) => {
        const times = [...given].sort((a, b) => a - b);
        const entries = times.map((fromMs, i) =>
          price({ fromMs, toMs: times[i + 1] ?? null, source: `${fromMs}` }),
        );
        const expected = times.filter((t) => t <= timeMs).at(-1);
        expect(found(new PriceBook(entries.reverse()), {}, timeMs)).toBe(
          expected === undefined ? 'no_price_at_time' : `${expected}`,
        );
      }),
    );
  });
});

it('names made up to be confused are kept apart, and ever new ones do not grow it', () => {
  const book = new PriceBook([price({})]);
  expect(found(book, { model_name: 'gpt', model_version: '4o' })).toBe('');
  for (let i = 0; i < 25_000; i++) book.find(series({ model_name: `m${i}` }), 0);
  expect(found(book, {})).toBe('');
});
