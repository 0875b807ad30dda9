import { join } from 'node:path';
import { SUBJECT_COLUMN, subjectTables } from '@fineprint/privacy/subject-tables';
import { expect, it } from 'vitest';
import { readMigrations } from './read-migrations.ts';

const STORES = ['clickhouse', 'postgres', 'snowflake'] as const;

/** Every column that migrations make, as `store.table.column`; views hold nothing. */
function columnsIn(store: (typeof STORES)[number]): string[] {
  const found: string[] = [];
  for (const { sql } of readMigrations(join(import.meta.dirname, '..', store))) {
    const text = sql.replaceAll(/--.*$/gm, '');
    for (const [, table, body] of text.matchAll(
      /CREATE TABLE (?:IF NOT EXISTS )?(?:fineprint\.)?(\w+)\s*\(([\s\S]*?)\n\)/g,
    ))
      for (const [, column] of (body ?? '')
        .replaceAll(/^.* ALIAS .*$/gm, '') // computed from other columns
        .matchAll(/^\s*"?([A-Za-z_]\w*)"?\s+[A-Za-z]/gm))
        found.push(`${store}.${table}.${column?.toLowerCase()}`);
    for (const [, table, rest] of text.matchAll(/ALTER TABLE (?:fineprint\.)?(\w+)([^;]*);/g))
      for (const [, column] of (rest ?? '').matchAll(/ADD COLUMN (?:IF NOT EXISTS )?"?(\w+)"?/g))
        found.push(`${store}.${table}.${column?.toLowerCase()}`);
  }
  return found;
}

const declared = new Set(
  subjectTables.flatMap(({ store, table, columns }) =>
    Object.keys(columns).map((c) => `${store}.${table}.${c}`),
  ),
);

it('every column that holds an id of a person is declared, so that exports and erasures find it', () => {
  const columns = STORES.flatMap(columnsIn);
  expect(columns).toContain('clickhouse.product_events.user_id');
  const named = columns.filter((column) => SUBJECT_COLUMN.test(column.split('.')[2] ?? ''));
  expect(named.filter((column) => !declared.has(column))).toEqual([]);
});

it('what is declared is there', () => {
  const columns = new Set(STORES.flatMap(columnsIn));
  expect([...declared].filter((column) => !columns.has(column))).toEqual([]);
});
