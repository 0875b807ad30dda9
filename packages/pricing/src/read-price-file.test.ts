import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, readDecimal } from './decimal.ts';
import { overlap } from './price-entry.ts';
import { MAX_ENTRIES, MAX_FILE_BYTES, readPriceFile } from './read-price-file.ts';

const entry = (change: object = {}) => ({
  provider: 'OpenAI',
  model: 'gpt-4o',
  input: '2.50',
  output: 10,
  effective_from: '2024-10-01',
  ...change,
});
const read = (...entries: unknown[]) =>
  readPriceFile(JSON.stringify({ currency: 'USD', source: 'list', entries }));
function problems(...entries: unknown[]) {
  const file = read(...entries);
  return file.ok ? [] : file.problems.map((p) => `${p.code} ${p.path}`);
}

it('reads prices, with tiers told as multiples', () => {
  const file = read(
    entry({ cached_input: 1.25, tier_multipliers: { Batch: '0.5' }, effective_to: '2025-01-01T00:00:00Z' }),
  );
  const standard = {
    provider: 'openai',
    model: 'gpt-4o',
    tier: 'standard',
    region: null,
    prices: { input: 2_500_000_000, cachedInput: 1_250_000_000, cacheWrite: null, output: 10_000_000_000 },
    fromMs: Date.UTC(2024, 9, 1),
    toMs: Date.UTC(2025, 0, 1),
    source: 'list',
  };
  const batch = { input: 1_250_000_000, cachedInput: 625_000_000, cacheWrite: null, output: 5_000_000_000 };
  expect(file).toEqual({ ok: true, entries: [standard, { ...standard, tier: 'batch', prices: batch }] });
});

describe('refuses a file', () => {
  it.each([
    ['not_json', '{'],
    ['wrong_type', '[]'],
    ['missing_field', '{"currency":"USD"}'],
    ['no_entries', '{"currency":"USD","entries":[]}'],
    ['unsupported_currency', JSON.stringify({ currency: 'EUR', entries: [entry()] })],
    ['unknown_field', JSON.stringify({ currency: 'USD', entries: [entry()], more: 1 })],
    ['too_many_entries', JSON.stringify({ currency: 'USD', entries: Array(MAX_ENTRIES + 1).fill(0) })],
    ['file_too_large', ' '.repeat(MAX_FILE_BYTES + 1)],
  ])('%s', (code, text) => {
    expect(readPriceFile(text)).toMatchObject({ ok: false, problems: [{ code }] });
  });

  it.each([
    [{ input: undefined }, 'missing_field entries[0].input'],
    [{ input: -1 }, 'negative_price entries[0].input'],
    [{ input: '-0.5' }, 'negative_price entries[0].input'],
    [{ input: 'NaN' }, 'invalid_price entries[0].input'],
    [{ input: null }, 'invalid_price entries[0].input'],
    [{ output: '1e3' }, 'invalid_price entries[0].output'],
    [{ cached_input: '0.0000000001' }, 'too_precise entries[0].cached_input'],
    [{ cache_write: 1e12 }, 'price_too_high entries[0].cache_write'],
    [{ model: 'a*b' }, 'invalid_text entries[0].model'],
    [{ model: '*' }, 'invalid_text entries[0].model'],
    [{ model: 'x'.repeat(300) }, 'invalid_text entries[0].model'],
    [{ provider: 7 }, 'wrong_type entries[0].provider'],
    [{ region: '' }, 'invalid_text entries[0].region'],
    [{ efective_to: '2025-01-01' }, 'unknown_field entries[0].efective_to'],
    [{ effective_from: '2025-02-30' }, 'invalid_time entries[0].effective_from'],
    [{ effective_from: '2025-02-01T10:00' }, 'invalid_time entries[0].effective_from'],
    [{ effective_from: 20250201 }, 'invalid_time entries[0].effective_from'],
    [{ effective_to: '2024-10-01' }, 'empty_range entries[0].effective_to'],
    [{ tier_multipliers: 2 }, 'wrong_type entries[0].tier_multipliers'],
    [{ tier_multipliers: { batch: -1 } }, 'negative_price entries[0].tier_multipliers.batch'],
    [
      { input: '0.000000001', tier_multipliers: { batch: 0.5 } },
      'too_precise entries[0].tier_multipliers.batch',
    ],
    [{ tier_multipliers: { standard: 1 } }, 'overlapping_range entries[0]'],
  ])('%o: %s', (change, problem) => {
    expect(problems(entry(change))).toEqual([problem]);
  });

  it('with all its problems at once', () => {
    expect(
      problems(7, entry({ input: -1, output: 'x' }), entry(), entry({ effective_from: '2025-01-01' })),
    ).toEqual([
      'wrong_type entries[0]',
      'negative_price entries[1].input',
      'invalid_price entries[1].output',
      'overlapping_range entries[3]',
    ]);
  });
});

it('refuses exactly the files in which two prices of one subject hold at one time', () => {
  const day = (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10);
  const arbitrary = fc
    .record({
      model: fc.constantFrom('a', 'b'),
      from: fc.nat(20),
      days: fc.integer({ min: 1, max: 8 }),
      open: fc.boolean(),
    })
    .map(({ model, from, days, open }) =>
      entry({
        model,
        effective_from: day(from),
        ...(open && days > 6 ? {} : { effective_to: day(from + days) }),
      }),
    );
  fc.assert(
    fc.property(fc.array(arbitrary, { minLength: 1, maxLength: 6 }), (entries) => {
      const alone = entries.flatMap((e) => {
        const file = read(e);
        return file.ok ? file.entries : [];
      });
      const meets = alone.some((a, i) => alone.slice(i + 1).some((b) => overlap(a, b)));
      expect(read(...entries).ok).toBe(!meets);
    }),
  );
});

it('decimals come back as they were written', () => {
  expect(['0', '2.5', '0.000000001', '1000000'].map((t) => readDecimal(t))).toEqual([
    { ok: true, nanos: 0 },
    { ok: true, nanos: 2_500_000_000 },
    { ok: true, nanos: 1 },
    { ok: true, nanos: 1e15 },
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e15 }), (nanos) => {
      expect(readDecimal(decimalText(nanos))).toEqual({ ok: true, nanos });
    }),
  );
  for (const cents of [1, 29, 57, 115, 999_999])
    expect(readDecimal(cents / 100)).toEqual({ ok: true, nanos: cents * 1e7 });
});

it('reads the starter book', () => {
  const file = path.join(import.meta.dirname, '../../../infra/prices/starter-book.json');
  const book = readPriceFile(readFileSync(file, 'utf8'));
  expect(book).toMatchObject({ ok: true });
});
