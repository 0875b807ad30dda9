import type { Warehouse } from './warehouse.ts';

/**
 * What the table of requests consists of, as a short text: another one after every insert, deletion and change (and, for
 * nothing, after a merge). Read before an answer is made, so an answer is never older than the version it is kept under.
 */
export async function readDataVersion(warehouse: Warehouse): Promise<string> {
  const [row] = await warehouse.rows<{ rows: number; parts: string }>({ query: QUERY, values: {} });
  return `${row?.rows}-${row?.parts}`;
}

/** Both answers come from the parts' metadata; the count holds also where system.parts is not shown. */
const QUERY = `
  SELECT count() AS rows, (
    SELECT hex(groupBitXor(cityHash64(name, modification_time, rows)))
    FROM system.parts WHERE database = 'fineprint' AND table = 'ai_requests' AND active
  ) AS parts
  FROM fineprint.ai_requests`;
