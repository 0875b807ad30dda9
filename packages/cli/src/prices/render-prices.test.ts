import { stripVTControlCharacters } from 'node:util';
import type { PriceEntry } from '@fineprint/pricing';
import { expect, test } from 'vitest';
import { priceJson, renderPlan, renderPrices } from './render-prices.ts';

const price: PriceEntry = {
  provider: 'openai',
  model: 'gpt-4o',
  tier: 'standard',
  region: null,
  prices: { input: 2_500_000_000, cachedInput: null, cacheWrite: null, output: 10_000_000_001 },
  fromMs: Date.UTC(2024, 9, 2),
  toMs: Date.UTC(2025, 0, 1, 12),
  source: 'list',
};

test('a plan says what is superseded, kept and added, and whether it happened', () => {
  const plan = { add: [price], supersede: [{ ...price, id: '1' }], keep: [price], unchanged: 4 };
  const text = stripVTControlCharacters(renderPlan(plan, true));
  expect(text).toMatch(
    /^supersede +openai +gpt-4o +standard +any +2\.5 +10\.000000001 +2024-10-02 +2025-01-01T12:/m,
  );
  expect(text).toMatch(/^keep[\s\S]*^add/m);
  expect(text).toContain('1 added, 1 superseded, 1 kept in part, 4 unchanged. Nothing was changed.');
  expect(renderPlan({ add: [], supersede: [], keep: [], unchanged: 4 }, false)).toMatch(/^0 added/);
});

test('a list has history where asked', () => {
  const listed = { ...price, id: '1', recordedAt: new Date(0), supersededAt: null };
  expect(renderPrices([listed], true)).toContain('1970-01-01T00:00:00.000Z');
  expect(renderPrices([listed], false)).not.toContain('1970');
  expect(renderPrices([], false)).toBe('No such price.\n');
});

test('JSON keeps decimals as text', () => {
  expect(priceJson(price)).toMatchObject({ input: '2.5', cached_input: null, output: '10.000000001' });
});
