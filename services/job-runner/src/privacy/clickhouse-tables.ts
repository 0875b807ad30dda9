import { type Holds, type SubjectTable, subjectTables } from '@fineprint/privacy';
import type { Warehouse } from '../warehouse.ts';

const HOLDS: Readonly<Record<string, Holds>> = {
  user_id: 'user',
  anonymous_id: 'anonymous',
  person: 'person',
  merged_into: 'person',
};

/** ClickHouse's tables with ids of people: those declared, and copies of them that a replay of a stage keeps for a while. */
export async function clickhouseTables(warehouse: Warehouse, signal: AbortSignal): Promise<SubjectTable[]> {
  const declared = subjectTables.filter(({ store }) => store === 'clickhouse');
  const found = await warehouse.rows<{ table: string; names: string[] }>(
    `SELECT table, groupArray(name) AS names FROM system.columns
     WHERE database = 'fineprint' AND name IN {names:Array(String)} AND default_kind = ''
       AND table IN (SELECT name FROM system.tables WHERE database = 'fineprint' AND engine LIKE '%MergeTree')
     GROUP BY table ORDER BY table`,
    { names: Object.keys(HOLDS) },
    signal,
  );
  const copies = found
    .filter(({ table }) => /^\w+$/.test(table) && !declared.some((d) => d.table === table))
    .map(({ table, names }): SubjectTable => {
      const columns = Object.fromEntries(names.flatMap((name) => (HOLDS[name] ? [[name, HOLDS[name]]] : [])));
      return { store: 'clickhouse', table, columns, erasedAs: 'plain' };
    });
  return [...declared, ...copies];
}
