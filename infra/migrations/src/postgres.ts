import { join } from 'node:path';
import { Client } from 'pg';
import { type Migration, MigrationError, planMigrations } from './plan-migrations.ts';
import { readMigrations } from './read-migrations.ts';

export const POSTGRES_MIGRATIONS = join(import.meta.dirname, '..', 'postgres');

/** Any number: whoever migrates this database takes the same lock. */
const LOCK = 7_251_007;

const SETUP = `
  CREATE SCHEMA IF NOT EXISTS fineprint;
  CREATE TABLE IF NOT EXISTS fineprint.schema_migrations (
    id text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );`;

/**
 * Brings a database to the newest version; safe to repeat and to run from several processes at once. Each file is one
 * transaction. Everything lives in the schema `fineprint`, beside whatever else the database holds.
 */
export async function migratePostgres(databaseUrl: string): Promise<{ readonly applied: readonly string[] }> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'fineprint-migrations',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(SETUP);
    const { rows } = await client.query<{ id: string; checksum: string }>(
      'SELECT id, checksum FROM fineprint.schema_migrations',
    );
    const plan = planMigrations(
      readMigrations(POSTGRES_MIGRATIONS),
      new Map(rows.map((r) => [r.id, r.checksum])),
    );
    for (const migration of plan) await apply(client, migration);
    return { applied: plan.map((m) => m.id) };
  } finally {
    await client.end();
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(migration.sql);
    await client.query('INSERT INTO fineprint.schema_migrations (id, checksum) VALUES ($1, $2)', [
      migration.id,
      migration.checksum,
    ]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new MigrationError('migration_failed', `${migration.id} failed and was rolled back`, cause);
  }
}
