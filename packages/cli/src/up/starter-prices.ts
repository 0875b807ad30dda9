import path from 'node:path';
import { importPrices } from '@fineprint/ai-aggregator/prices';
import { REPO_DIR } from '@fineprint/stack';
import { readPrices } from '../prices/price-file.ts';
import { withPostgres } from '../with-postgres.ts';

const STARTER_BOOK = path.join(REPO_DIR, 'infra', 'prices', 'starter-book.json');

/** Public list prices, so that costs are there from the first request on. A book that has ever held a price is its owner's. */
export async function ensurePrices(databaseUrl: string): Promise<number> {
  const prices = readPrices(STARTER_BOOK);
  const { add } = await withPostgres(databaseUrl, (database) =>
    importPrices(database, prices, { onlyIfEmpty: true }),
  );
  return add.length;
}
