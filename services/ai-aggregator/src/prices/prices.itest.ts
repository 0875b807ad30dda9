import { migratePostgres } from '@fineprint/migrations';
import type { PriceEntry } from '@fineprint/pricing';
import { useTestStack } from '@fineprint/stack/testing';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { importPrices } from './import-prices.ts';
import { listPrices, loadPrices } from './price-rows.ts';

let database: Client;
let other: Client;

beforeAll(async () => {
  const { databaseUrl: connectionString } = useTestStack().endpoints;
  await migratePostgres(connectionString);
  database = new Client({ connectionString });
  other = new Client({ connectionString });
  await Promise.all([database.connect(), other.connect()]);
});
afterEach(() => database.query("DELETE FROM fineprint.ai_prices WHERE provider = 'itest'"));
afterAll(() => Promise.all([database.end(), other.end()]));

const FROM = Date.UTC(2025, 0, 1);
const JUNE = Date.UTC(2025, 5, 1);
const price = (
  input: number,
  fromMs = FROM,
  toMs: number | null = null,
  region: string | null = null,
): PriceEntry => ({
  provider: 'itest',
  model: 'model-*',
  tier: 'batch',
  region,
  prices: { input, cachedInput: null, cacheWrite: 1, output: 1e15 },
  fromMs,
  toMs,
  source: "O'Reilly; DROP TABLE",
});
const ours = async (client = database) => (await loadPrices(client)).filter((p) => p.provider === 'itest');

it('prices come back as they were imported, to the billionth', async () => {
  const prices = [price(123_456_789_000_001, FROM, JUNE + 1), price(5, FROM, null, 'eu')];
  await importPrices(database, prices);
  expect((await ours()).map(({ id: _, ...p }) => p)).toEqual(
    prices.map((p) => expect.objectContaining({ ...p })),
  );
  expect(await importPrices(database, prices)).toMatchObject({ unchanged: 2, add: [], supersede: [] });
});

it('a correction supersedes; what was believed stays readable', async () => {
  await importPrices(database, [price(1)]);
  const dry = await importPrices(database, [price(2, JUNE)], { dryRun: true });
  expect([dry.add.length, (await ours()).length]).toEqual([1, 1]);
  await importPrices(database, [price(2, JUNE)]);
  expect((await ours()).map((p) => [p.prices.input, p.fromMs, p.toMs])).toEqual([
    [1, FROM, JUNE],
    [2, JUNE, null],
  ]);
  const history = await listPrices(database, { model: 'MODEL-', history: true });
  const superseded = history.filter((p) => p.provider === 'itest' && p.supersededAt !== null);
  expect(superseded.map((p) => [p.prices.input, p.fromMs, p.toMs])).toEqual([[1, FROM, null]]);
  const at = await listPrices(database, { model: 'model-', at: new Date(JUNE) });
  expect(at.filter((p) => p.provider === 'itest').map((p) => p.prices.input)).toEqual([2]);
});

it('imports at the same time wait for each other', async () => {
  await Promise.all([importPrices(database, [price(1)]), importPrices(other, [price(2)])]);
  expect(await ours()).toHaveLength(1);
  // The one that began first may get the lock last.
  await database.query('BEGIN');
  await importPrices(other, [price(3)]);
  await importPrices(database, [price(4)]);
  expect((await ours()).map((p) => p.prices.input)).toEqual([4]);
});

it('only an empty book takes the starter prices', async () => {
  await importPrices(database, [price(1)]);
  expect((await importPrices(database, [price(2)], { onlyIfEmpty: true })).add).toEqual([]);
  expect((await ours()).map((p) => p.prices.input)).toEqual([1]);
});

it.each([
  ['a second price for the same time', "'itest', 'model-*', 'batch', 1, 1, '2025-03-01', NULL"],
  ['a price below zero', "'itest', 'm', 'standard', -1, 1, '2025-03-01', NULL"],
  ['a price that is no number', "'itest', 'm', 'standard', 'NaN', 1, '2025-03-01', NULL"],
  ['an end before its start', "'itest', 'm', 'standard', 1, 1, '2025-03-01', '2025-02-01'"],
  ['a name in capitals', "'itest', 'M', 'standard', 1, 1, '2025-03-01', NULL"],
  ['a star in the middle', "'itest', 'm*n', 'standard', 1, 1, '2025-03-01', NULL"],
  ['a start without end in the past', "'itest', 'm', 'standard', 1, 1, '-infinity', NULL"],
])('the table itself refuses %s', async (_what, values) => {
  await importPrices(database, [price(1)]);
  const insert = `INSERT INTO fineprint.ai_prices (provider, model, service_tier, input_per_million, output_per_million,
    effective_from, effective_to) VALUES (${values})`;
  await expect(database.query(insert)).rejects.toThrow(/violates/);
});
