import { undeclared } from '@fineprint/masking';
import { expect, it } from 'vitest';
import { readTables } from '../../../scripts/data-dictionary.ts';
import { CLICKHOUSE_MIGRATIONS } from './clickhouse.ts';
import { readMigrations } from './read-migrations.ts';

it('every text column of every table is declared in packages/masking: as sensitive, or as telling nobody', () => {
  const sql = readMigrations(CLICKHOUSE_MIGRATIONS)
    .map((migration) => migration.sql)
    .join('\n');
  const tables = [...readTables(sql)];
  expect(tables.length).toBeGreaterThan(20);
  expect(tables.flatMap(([table, columns]) => undeclared(table, columns))).toEqual([]);
});
