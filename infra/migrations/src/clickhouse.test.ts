import { describe, expect, it } from 'vitest';
import { CLICKHOUSE_MIGRATIONS, splitStatements } from './clickhouse.ts';
import { readMigrations } from './read-migrations.ts';

describe('splitStatements', () => {
  it('cuts at semicolons that end a line, and leaves comments out', () => {
    expect(splitStatements("-- a;\nSELECT ';' AS x;\n\n-- b\nSELECT\n 2;\nSELECT 3")).toEqual([
      "SELECT ';' AS x",
      'SELECT\n 2',
      'SELECT 3',
    ]);
  });

  it('finds only statements that may be repeated in the released files', () => {
    for (const { sql } of readMigrations(CLICKHOUSE_MIGRATIONS))
      for (const statement of splitStatements(sql))
        expect(statement).toMatch(
          /^(CREATE (TABLE|VIEW|OR REPLACE VIEW) fineprint\.|ALTER TABLE fineprint\.\w+(\s+ADD COLUMN IF NOT EXISTS .*,?)+$|ALTER TABLE fineprint\.\w+ (ADD (PROJECTION|INDEX) IF NOT EXISTS|MATERIALIZE (PROJECTION|INDEX)|ADD COLUMN IF NOT EXISTS \w+ \S+ MATERIALIZED) )/,
        );
  });
});
