import { clickhouseCondition, postgresCondition, type SubjectTable, subjectTables } from '@fineprint/privacy';
import { clickhouseTables } from './clickhouse-tables.ts';
import { snowflakeCounts } from './snowflake-rows.ts';
import type { RowCounts, StepContext } from './step.ts';

/** How many rows of each table are about the subject, in every store; tables without any are left out. */
export async function countRows(context: StepContext): Promise<RowCounts> {
  const { ports, warehouse, run, scope } = context;
  const counts: { store: string; table: string; rows: number }[] = [];
  const add = (store: string, table: string, rows: number) => {
    if (rows > 0) counts.push({ store, table, rows });
  };
  for (const table of await clickhouseTables(warehouse, run.signal)) {
    const { sql, parameters } = clickhouseCondition(table, scope);
    const [row] = await warehouse.rows<{ n: number }>(
      `SELECT count() AS n FROM fineprint.${table.table} WHERE ${sql}`,
      parameters,
      run.signal,
    );
    add('clickhouse', table.table, row?.n ?? 0);
  }
  for (const table of postgresTables) {
    const { sql, parameters } = postgresCondition(table, scope);
    const { rows } = await ports.pool.query<{ n: number }>(
      `SELECT count(*)::integer AS n FROM fineprint.${table.table} WHERE ${sql}`,
      [...parameters],
    );
    add('postgres', table.table, rows[0]?.n ?? 0);
  }
  for (const { table, rows } of await snowflakeCounts(ports.snowflake, scope)) add('snowflake', table, rows);
  return counts;
}

/** Postgres' tables that an erasure empties of a subject, in an order that references allow. */
export const postgresTables: readonly SubjectTable[] = subjectTables.filter(
  ({ store, erasedAs }) => store === 'postgres' && erasedAs !== 'own',
);
