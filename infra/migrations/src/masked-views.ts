import { randomBytes } from 'node:crypto';
import type { ClickHouseClient } from '@clickhouse/client';
import { KEY_TABLE, MASKED_DATABASE, maskedView, type ViewedColumn } from '@fineprint/masking';

const KEY_BYTES = 32;
/** Tables about the database itself. */
const WITHOUT_VIEW = ['schema_migrations', KEY_TABLE.replace('fineprint.', '')];

/**
 * For each table and view of `fineprint` one in `fineprint_masked` without what tells who somebody is. Made after the migrations
 * from the columns that there are then, so that a new table has its masked view at once.
 */
export async function applyMaskedViews(client: ClickHouseClient): Promise<void> {
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${MASKED_DATABASE}` });
  await ensureKey(client);
  const wanted = new Map<string, { readonly sql: string; readonly version: string }>();
  for (const [table, columns] of await readTables(client)) {
    const view = maskedView(table, columns);
    if (view !== null) wanted.set(table, view);
  }
  const there = new Map(
    (
      await rowsOf<{ name: string; comment: string }>(
        client,
        `SELECT name, comment FROM system.tables WHERE database = '${MASKED_DATABASE}'`,
      )
    ).map(({ name, comment }) => [name, comment]),
  );
  for (const [table, { sql, version }] of wanted)
    if (there.get(table) !== version) await client.command({ query: sql });
  for (const name of there.keys())
    if (!wanted.has(name))
      await client.command({ query: `DROP VIEW IF EXISTS ${MASKED_DATABASE}.\`${name}\`` });
}

/** Made once, of randomness that ClickHouse does not have. */
async function ensureKey(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${KEY_TABLE} (masking_key String) ENGINE = MergeTree ORDER BY tuple()`,
  });
  const [counted] = await rowsOf<{ n: number }>(client, `SELECT toFloat64(count()) AS n FROM ${KEY_TABLE}`);
  if (counted?.n !== 0) return;
  const values = [{ masking_key: randomBytes(KEY_BYTES).toString('hex') }];
  await client.insert({ table: KEY_TABLE, values, format: 'JSONEachRow' });
}

async function readTables(client: ClickHouseClient): Promise<Map<string, ViewedColumn[]>> {
  const columns = await rowsOf<ViewedColumn & { table: string }>(
    client,
    `SELECT table, name, type FROM system.columns WHERE database = 'fineprint' AND default_kind != 'EPHEMERAL'
     ORDER BY table, position`,
  );
  const tables = new Map<string, ViewedColumn[]>();
  for (const { table, name, type } of columns) {
    // Inner tables of materialized views are theirs alone.
    if (table.startsWith('.') || WITHOUT_VIEW.includes(table)) continue;
    tables.set(table, [...(tables.get(table) ?? []), { name, type }]);
  }
  return tables;
}

async function rowsOf<T>(client: ClickHouseClient, query: string): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow' });
  return result.json<T>();
}
