import { type ImportPlan, type PriceEntry, planImport } from '@fineprint/pricing';
import { type Database, insertPrice, loadPrices } from './price-rows.ts';

export interface ImportOptions {
  /** Tells what would happen and changes nothing. */
  readonly dryRun?: boolean;
  /** Only where there is no price yet, superseded ones included. */
  readonly onlyIfEmpty?: boolean;
}

/**
 * Brings a file's prices into the table, all or none. The database must be one connection. Imports wait for each other, so
 * the plan is of the prices that it then changes.
 */
export async function importPrices(
  database: Database,
  file: readonly PriceEntry[],
  options: ImportOptions = {},
): Promise<ImportPlan> {
  await database.query('BEGIN');
  try {
    await database.query('LOCK TABLE fineprint.ai_prices IN SHARE ROW EXCLUSIVE MODE');
    const skip = options.onlyIfEmpty === true && (await hasAny(database));
    const plan = planImport(skip ? [] : await loadPrices(database), skip ? [] : file);
    if (options.dryRun !== true) await apply(database, plan);
    await database.query('COMMIT');
    return plan;
  } catch (error) {
    await database.query('ROLLBACK');
    throw error;
  }
}

async function hasAny(database: Database): Promise<boolean> {
  return (await database.query('SELECT FROM fineprint.ai_prices LIMIT 1')).rows.length > 0;
}

async function apply(database: Database, plan: ImportPlan): Promise<void> {
  // One moment for all of it, told after the wait for others: now() is when the transaction began.
  const { rows } = await database.query('SELECT clock_timestamp()::text AS at');
  const { at } = rows[0] as { at: string };
  const ids = plan.supersede.map((s) => s.id);
  await database.query(
    'UPDATE fineprint.ai_prices SET superseded_at = greatest(recorded_at, $2) WHERE id = ANY($1::bigint[])',
    [ids, at],
  );
  for (const price of [...plan.keep, ...plan.add]) await insertPrice(database, price, at);
}
