import { idsOf, type Scope } from './scope.ts';
import type { Holds, SubjectTable } from './subject-tables.ts';

/** A condition in a store's SQL, and its parameters. */
export interface Condition<P> {
  readonly sql: string;
  readonly parameters: P;
}

const COLUMN = /^[a-z_]{1,64}$/;
export type Asked = Exclude<Holds, 'unasked'>;

function columnsOf({ columns }: Pick<SubjectTable, 'columns'>): [string, Asked][] {
  for (const column of Object.keys(columns))
    if (!COLUMN.test(column)) throw new Error(`${column} is no column's name`);
  return Object.entries(columns).filter((entry): entry is [string, Asked] => entry[1] !== 'unasked');
}

/** Rows of a table that are about a subject, for ClickHouse. */
export function clickhouseCondition(
  table: Pick<SubjectTable, 'columns'>,
  scope: Scope,
): Condition<Record<string, readonly string[]>> {
  const columns = columnsOf(table).filter(([, holds]) => idsOf(scope, holds).length > 0);
  const parts = columns.map(([column, holds]) => `\`${column}\` IN {${holds}:Array(String)}`);
  return {
    sql: parts.length === 0 ? '0' : `(${parts.join(' OR ')})`,
    parameters: Object.fromEntries(columns.map(([, holds]) => [holds, idsOf(scope, holds)])),
  };
}

/** The same by 64-bit hashes of the ids, which ClickHouse has computed: for mutations, whose text it keeps. */
export function clickhouseHashCondition(
  table: Pick<SubjectTable, 'columns'>,
  hashesOf: (holds: Asked) => readonly string[],
): string {
  const parts = columnsOf(table).flatMap(([column, holds]) => {
    const hashes = hashesOf(holds).filter((hash) => /^\d{1,20}$/.test(hash));
    return hashes.length === 0 ? [] : [`sipHash64(ifNull(\`${column}\`, '')) IN (${hashes.join(', ')})`];
  });
  return parts.length === 0 ? '0' : `(${parts.join(' OR ')})`;
}

/** The same for Postgres; parameters are counted from `$1`. */
export function postgresCondition(
  table: SubjectTable,
  scope: Scope,
): Condition<readonly (readonly string[])[]> {
  const all: readonly { readonly sql: string; readonly holds: Asked }[] = [
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
