import { idsOf, type Scope } from './scope.ts';
import type { Holds, SubjectTable } from './subject-tables.ts';

/** A condition in a store's SQL, and its parameters. */
export interface Condition<P> {
  readonly sql: string;
  readonly parameters: P;
}

const COLUMN = /^[a-z_]{1,64}$/;

function columnsOf(table: SubjectTable): [string, Holds][] {
  const columns = Object.entries(table.columns);
  for (const [column] of columns) if (!COLUMN.test(column)) throw new Error(`${column} is no column's name`);
  return columns;
}

/** Rows of a table that are about a subject, for ClickHouse. */
export function clickhouseCondition(
  table: SubjectTable,
  scope: Scope,
): Condition<Record<string, readonly string[]>> {
  const columns = columnsOf(table);
  return {
    sql: `(${columns.map(([column, holds]) => `has({${holds}:Array(String)}, ifNull(${column}, ''))`).join(' OR ')})`,
    parameters: Object.fromEntries(columns.map(([, holds]) => [holds, idsOf(scope, holds)])),
  };
}

/** The same for Postgres; parameters are counted from `$1`. */
export function postgresCondition(
  table: SubjectTable,
  scope: Scope,
): Condition<readonly (readonly string[])[]> {
  const all = [
    ...columnsOf(table).map(([column, holds]) => ({ sql: `${column} = ANY($ids)`, holds })),
    ...(table.also ?? []),
  ];
  const sql = all.map(({ sql: one, holds }, i) =>
    one.replace('$ids', `$${i + 1}${holds === 'user_row' ? '::uuid[]' : '::text[]'}`),
  );
  return { sql: `(${sql.join(' OR ')})`, parameters: all.map(({ holds }) => idsOf(scope, holds)) };
}

/** The same for Snowflake, with `?` for each value; `FALSE` where there is nothing to ask for. */
export function snowflakeCondition(table: SubjectTable, scope: Scope): Condition<readonly string[]> {
  const parts = columnsOf(table).flatMap(([column, holds]) => {
    const ids = idsOf(scope, holds);
    return ids.length === 0 ? [] : [{ sql: `${column} IN (${ids.map(() => '?').join(', ')})`, ids }];
  });
  return {
    sql: parts.length === 0 ? '(FALSE)' : `(${parts.map((p) => p.sql).join(' OR ')})`,
    parameters: parts.flatMap((p) => p.ids),
  };
}
