import type { Warehouse } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';

/** Rejects with `unknown_model` where no request ever named it. */
export async function requireKnownModel(
  warehouse: Warehouse,
  model: string,
  version: string | undefined,
): Promise<void> {
  const found = await warehouse.rows({
    query: `SELECT 1 AS known FROM fineprint.ai_requests
      WHERE model_name = {model:String}${version === undefined ? '' : ' AND model_version = {version:String}'} LIMIT 1`,
    values: { model, ...(version === undefined ? {} : { version }) },
  });
  if (found.length === 0) throw new Problem('unknown_model', 'No request has named this model and version.');
}
