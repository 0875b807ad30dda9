import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { applyMaskedViews } from './masked-views.ts';
import { MigrationError, planMigrations } from './plan-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export const CLICKHOUSE_MIGRATIONS = join(import.meta.dirname, '..', 'clickhouse');

export interface ClickHouseMigrationSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
}

/**
 * Brings ClickHouse to the newest version; safe to repeat. ClickHouse has no transactions over DDL: a file that failed half-way says
 * so, and the statements that ran are named.
 */
export async function migrateClickHouse(
  settings: ClickHouseMigrationSettings,
): Promise<{ readonly applied: readonly string[] }> {
  const client = createClient({
    url: settings.url,
    username: settings.username,
    password: settings.password,
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    request_timeout: 60_000,
    log: { level: ClickHouseLogLevel.OFF }, // failures are thrown
  });
  try {
    await client.command({ query: 'CREATE DATABASE IF NOT EXISTS fineprint' });
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS fineprint.schema_migrations
        (id String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
        ENGINE = MergeTree ORDER BY id`,
    });
    const rows = await client.query({
      query: 'SELECT id, any(checksum) AS checksum FROM fineprint.schema_migrations GROUP BY id',
      format: 'JSONEachRow',
    });
    const applied = await rows.json<{ id: string; checksum: string }>();
    const plan = planMigrations(
      readMigrations(CLICKHOUSE_MIGRATIONS),
      new Map(applied.map((r) => [r.id, r.checksum])),
    );
    for (const migration of plan) {
      await runStatements(client, migration.id, migration.sql);
      const values = [{ id: migration.id, checksum: migration.checksum }];
      await client.insert({ table: 'fineprint.schema_migrations', values, format: 'JSONEachRow' });
    }
    await removeExpiry(client);
    await applyMaskedViews(client);
    return { applied: plan.map((m) => m.id) };
  } finally {
    await client.close();
  }
}

async function runStatements(client: ClickHouseClient, id: string, sql: string): Promise<void> {
  const statements = splitStatements(sql);
  for (const [index, query] of statements.entries()) {
    try {
      await client.command({ query: ifNotExists(query) });
    } catch (cause) {
      throw new MigrationError(
        'migration_failed',
        `${id} failed at statement ${index + 1} of ${statements.length}; repeat once its cause is mended`,
        cause,
      );
    }
  }
}

/** A file is run again from its start after a failure, so what it made the first time must not stop it. */
function ifNotExists(statement: string): string {
  return statement.replace(
    /^(\s*CREATE (?:TABLE|VIEW|MATERIALIZED VIEW))(?! IF NOT EXISTS)/,
    '$1 IF NOT EXISTS',
  );
}

/** Statements end with a semicolon at a line's end; comment lines are left out. */
export function splitStatements(sql: string): string[] {
  return sql
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('--'))
    .join('\n')
    .split(/;\s*(?:\n|$)/)
    .map((s) => s.trim())
    .filter((s) => s !== '');
}

/** A table of before may still forget rows by itself, at any moment: they would be gone before they are archived. */
async function removeExpiry(client: ClickHouseClient): Promise<void> {
  const result = await client.query({
    query: `SELECT name FROM system.tables WHERE database = 'fineprint'
      AND match(create_table_query, 'TTL toDateTime\\\\(received_at\\\\)') ORDER BY name`,
    format: 'JSONEachRow',
  });
  for (const { name } of await result.json<{ name: string }>())
    await client.command({ query: `ALTER TABLE fineprint.${name} REMOVE TTL` });
}
