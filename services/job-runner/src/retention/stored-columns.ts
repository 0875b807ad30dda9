import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';

/** A table's own columns: not those that follow from others. */
export interface StoredColumns {
  /** Comma-separated, for a SELECT. */
  readonly list: string;
  /** With their types, as `input()` takes them. */
  readonly structure: string;
  /** A hash of everything in a row. */
  readonly hash: string;
  /** Merges drop rows that newer ones of the same key replace. */
  readonly replacesRows: boolean;
}

export async function storedColumns(warehouse: Warehouse, run: Run, table: string): Promise<StoredColumns> {
  const columns = await warehouse.rows<{ name: string; type: string; replaces: 0 | 1 }>(
    `SELECT c.name AS name, c.type AS type, toUInt8(t.engine LIKE '%Replacing%') AS replaces
     FROM system.columns AS c INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
     WHERE c.database = 'fineprint' AND c.table = {table:String} AND c.default_kind NOT IN ('ALIAS', 'MATERIALIZED', 'EPHEMERAL')
     ORDER BY c.position`,
    { table },
    run.signal,
  );
  const names = columns.map((c) => c.name);
  return {
    list: names.join(', '),
    structure: columns.map((c) => `${c.name} ${c.type}`).join(', '),
    hash: `cityHash64(tuple(${names.join(', ')}))`,
    replacesRows: columns[0]?.replaces === 1,
  };
}
