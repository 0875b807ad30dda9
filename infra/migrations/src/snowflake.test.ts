import { expect, it } from 'vitest';
import { splitStatements } from './clickhouse.ts';
import { readMigrations } from './read-migrations.ts';
import { SNOWFLAKE_MIGRATIONS } from './snowflake.ts';

it('finds only statements that may be repeated in the released files', () => {
  for (const { sql } of readMigrations(SNOWFLAKE_MIGRATIONS))
    for (const statement of splitStatements(sql))
      expect(statement).toMatch(
        /^(CREATE (STAGE|TABLE) IF NOT EXISTS |ALTER TABLE \w+ ADD COLUMN IF NOT EXISTS |INSERT INTO [\s\S]* WHERE NOT EXISTS )/,
      );
});
