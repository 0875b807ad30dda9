import { join } from 'node:path';
import { openSession, type SnowflakeSession, type SnowflakeSettings } from '@fineprint/snowflake';
import { splitStatements } from './clickhouse.ts';
import { MigrationError, planMigrations } from './plan-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export const SNOWFLAKE_MIGRATIONS = join(import.meta.dirname, '..', 'snowflake');

/**
 * Brings a schema of Snowflake to the newest version; safe to repeat. The database and the warehouse are there already, and the
 * role may make a schema, or tables and stages in one. DDL commits by itself: a file that failed half-way is run again from
 * its start, so its statements may be repeated.
 */
export async function migrateSnowflake(
  settings: SnowflakeSettings,
): Promise<{ readonly applied: readonly string[] }> {
  const session = await openSession(settings);
  try {
    await session.rows(`CREATE SCHEMA IF NOT EXISTS ${settings.database}.${settings.schema}`);
    await session.rows(`USE SCHEMA ${settings.database}.${settings.schema}`);
    await session.rows(
      'CREATE TABLE IF NOT EXISTS schema_migrations (id VARCHAR NOT NULL, checksum VARCHAR NOT NULL, applied_at TIMESTAMP_NTZ(3))',
    );
    const ran = await session.rows<{ id: string; checksum: string }>(
      'SELECT id, checksum FROM schema_migrations',
    );
    const plan = planMigrations(
      readMigrations(SNOWFLAKE_MIGRATIONS),
      new Map(ran.map((r) => [r.id, r.checksum])),
    );
    for (const { id, sql, checksum } of plan) {
      await runStatements(session, id, sql);
      await session.rows('INSERT INTO schema_migrations (id, checksum, applied_at) SELECT ?, ?, SYSDATE()', [
        id,
        checksum,
      ]);
    }
    return { applied: plan.map((m) => m.id) };
  } finally {
    await session.close();
  }
}

async function runStatements(session: SnowflakeSession, id: string, sql: string): Promise<void> {
  const statements = splitStatements(sql);
  for (const [index, statement] of statements.entries()) {
    try {
      await session.rows(statement);
    } catch (cause) {
      throw new MigrationError(
        'migration_failed',
        `${id} failed at statement ${index + 1} of ${statements.length}; repeat once its cause is mended`,
        cause,
      );
    }
  }
}
