import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { MigrationError, planMigrations } from './plan-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export const CLICKHOUSE_MIGRATIONS = join(import.meta.dirname, '..', 'clickhouse');

export interface ClickHouseMigrationSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly tls?: { readonly ca_cert: Buffer };
  /** Rows are deleted this long after they were received (DATA_RETENTION_DAYS). */
  readonly retentionDays: number;
}

/** Tables whose rows expire; all have `received_at`. */
const EXPIRING_TABLES = [
  'product_events',
  'ai_requests',
  'ai_feedback',
  'consent_updates',
  'ai_metrics',
  'ai_drift',
  'alerts',
  'quality_results',
  'alert_deliveries',
  'pipeline_ledger',
  'event_notes',
  'deliveries',
  'erased_rows',
] as const;

/**
 * Brings ClickHouse to the newest version and its retention to the configured one; safe to repeat. ClickHouse has no
 * transactions over DDL: a file that failed half-way says so, and the statements that ran are named.
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
    for (const table of EXPIRING_TABLES) await applyRetention(client, table, settings.retentionDays);
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

/** Expiry counts from receipt: events may be years old when they arrive, and must not vanish on arrival. */
async function applyRetention(client: ClickHouseClient, table: string, days: number): Promise<void> {
  if (!Number.isSafeInteger(days) || days < 1)
    throw new Error(`retention of ${days} days is not a whole number above 0`);
  const ttl = `toDateTime(received_at) + toIntervalDay(${days})`;
  const result = await client.query({
    query:
      "SELECT create_table_query AS ddl FROM system.tables WHERE database = 'fineprint' AND name = {table:String}",
    query_params: { table },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ ddl: string }>();
  if (row?.ddl.includes(`TTL ${ttl}`)) return;
  await client.command({ query: `ALTER TABLE fineprint.${table} MODIFY TTL ${ttl}` });
}
