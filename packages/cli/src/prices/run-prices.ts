import { type Database, importPrices, type ListedPrice, listPrices } from '@fineprint/ai-aggregator/prices';
import type { ImportPricesOptions, ListPricesOptions } from '../commands/prices.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { withPostgres } from '../with-postgres.ts';
import { readPrices } from './price-file.ts';
import { priceJson, renderPlan, renderPrices } from './render-prices.ts';

async function withPrices<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return withPostgres(stack.endpoints.databaseUrl, work);
}

export async function runImportPrices(file: string, options: ImportPricesOptions): Promise<void> {
  const prices = readPrices(userPath(file));
  const isDryRun = options.dryRun === true;
  const plan = await withPrices((database) => importPrices(database, prices, { dryRun: isDryRun }));
  if (!options.json) return printText(renderPlan(plan, isDryRun));
  const { add, supersede, keep, unchanged } = plan;
  await printJson({
    dry_run: isDryRun,
    added: add.map(priceJson),
    superseded: supersede.map((p) => ({ id: p.id, ...priceJson(p) })),
    kept_in_part: keep.map(priceJson),
    unchanged,
  });
}

export async function runListPrices(options: ListPricesOptions): Promise<void> {
  const { model, at, history } = options;
  const prices = await withPrices((database) => listPrices(database, { model, at, history }));
  if (options.json) return printJson(prices.map(listedJson));
  await printText(renderPrices(prices, history === true));
}

const listedJson = (price: ListedPrice) => ({
  id: price.id,
  ...priceJson(price),
  recorded_at: price.recordedAt.toISOString(),
  superseded_at: price.supersededAt?.toISOString() ?? null,
});
