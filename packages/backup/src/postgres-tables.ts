import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { BackupError } from './backup-error.ts';
import type { BackupFile, Manifest } from './manifest.ts';

export type Table = Pick<BackupFile, 'table' | 'columns'>;

const SCHEMA = 'fineprint';
const SCRATCH = 'fineprint_restore';
/** Any number: whoever backs up or restores takes the same lock. */
const LOCK = 7_251_024;
/**
 * A number that a sequence gave after the backup may be in Kafka already, as a revision that is newer than what a stage would write
 * again with the same number. So sequences go on far beyond: further than any gives away between two backups.
 */
const SEQUENCE_GAP = 1_000_000_000n;

/** A chain that outlives what it tells of. */
const AUDIT_LOG = 'audit_log';
/** Whose pseudonym is whose, who was erased, and what they were told: a backup that is older knows of nobody who was erased since. */
const OF_PEOPLE: readonly string[] = [
  'subject_pseudonyms',
  'erased_subjects',
  'privacy_requests',
  'privacy_steps',
  'privacy_vendor_deletions',
];
/** Of those, by what is known again that they go on from a backup's. */
const KNOWN_BY = { subject_pseudonyms: 'pseudonym', privacy_requests: 'id' } as const;

const quoted = (name: string) => `"${name.replaceAll('"', '')}"`;
const namesOf = ({ columns }: Table) => columns.map((c) => quoted(c.name)).join(', ');

/** One at a time: of all that work on this database. Held by the connection. */
export async function takeLock(client: Client): Promise<void> {
  const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]);
  if (rows[0]?.taken !== true)
    throw new BackupError('backup_running', 'another backup or restore is under way on this Postgres');
}

export async function migrationsOf(client: Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ id: string; checksum: string }>(
    `SELECT id, checksum FROM ${SCHEMA}.schema_migrations ORDER BY id`,
  );
  return Object.fromEntries(rows.map((r) => [r.id, r.checksum]));
}

/** Everything that is read until the end is of this moment. */
export const beginSnapshot = (client: Client) =>
  client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');

/** Every table with its own columns; one that refers to others comes after them. */
export async function listTables(client: Client): Promise<Table[]> {
  const { rows: columns } = await client.query<{ table: string; name: string; type: string }>(
    `SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = '${SCHEMA}'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_migrations'
       AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY c.relname, a.attnum`,
  );
  const { rows: references } = await client.query<{ from: string; to: string }>(
    `SELECT f.relname AS from, t.relname AS to FROM pg_constraint k
     JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
     WHERE k.contype = 'f' AND f.relnamespace = '${SCHEMA}'::regnamespace`,
  );
  const tables = [...Map.groupBy(columns, (c) => c.table)].map(([table, own]) => ({
    table,
    columns: own.map(({ name, type }) => ({ name, type })),
  }));
  return inOrder(tables, references);
}

/** Those that are referred to first. */
export function inOrder<T extends { readonly table: string }>(
  tables: readonly T[],
  references: readonly { readonly from: string; readonly to: string }[],
): T[] {
  const ordered: T[] = [];
  const seen = new Set<string>();
  const visit = (table: T) => {
    if (seen.has(table.table)) return;
    seen.add(table.table);
    for (const { to } of references.filter((r) => r.from === table.table)) {
      const referred = tables.find((t) => t.table === to);
      if (referred !== undefined) visit(referred);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered;
}

/** A table's rows as COPY writes them; `rows` once all were read. */
export function dumpTable(client: Client, table: Table) {
  const stream = client.query(
    copyTo(`COPY (SELECT ${namesOf(table)} FROM ${SCHEMA}.${quoted(table.table)}) TO STDOUT`),
  );
  return { stream, rows: () => stream.rowCount };
}

export async function readSequences(client: Client): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string; value: string }>(
    `SELECT sequencename AS name, coalesce(last_value, 0)::text AS value FROM pg_sequences WHERE schemaname = '${SCHEMA}' ORDER BY 1`,
  );
  return rows;
}

/** Whoever else is connected by a name of ours. */
export async function otherSessions(client: Client, names: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = ANY ($1) ORDER BY 1`,
    [names],
  );
  return rows.map((r) => r.name);
}

export async function hasRows(client: Client, tables: readonly Table[]): Promise<boolean> {
  for (const { table } of tables) {
    const { rowCount } = await client.query(`SELECT FROM ${SCHEMA}.${quoted(table)} LIMIT 1`);
    if ((rowCount ?? 0) > 0) return true;
  }
  return false;
}

async function load(
  client: Client,
  schema: string,
  file: BackupFile,
  rows: Readable,
  signal: AbortSignal,
): Promise<void> {
  const sink = client.query(copyFrom(`COPY ${schema}.${quoted(file.table)} (${namesOf(file)}) FROM STDIN`));
  await pipeline(rows, sink, { signal });
  if (sink.rowCount !== file.rows)
    throw new BackupError(
      'backup_differs',
      `${file.table} took ${sink.rowCount} rows; the backup has ${file.rows}`,
    );
}

/** Loads every table in a transaction that is left open. Nothing is seen of it before whoever called commits. */
export async function replaceTables(
  client: Client,
  manifest: Manifest,
  open: (file: BackupFile) => Readable,
  signal: AbortSignal,
): Promise<void> {
  const files = manifest.files.filter((f) => f.store === 'postgres');
  const isLogKept = await holdsLog(
    client,
    files.find((f) => f.table === AUDIT_LOG),
    open,
    signal,
  );
  const arePeopleKept = await holdsPeople(client, files, open, signal);
  const kept = new Set([...(isLogKept ? [AUDIT_LOG] : []), ...(arePeopleKept ? OF_PEOPLE : [])]);
  const tables = (await listTables(client)).filter((t) => !kept.has(t.table));
  const triggers = await userTriggers(client);
  for (const { table, name } of triggers)
    await client.query(`ALTER TABLE ${SCHEMA}.${quoted(table)} DISABLE TRIGGER ${quoted(name)}`);
  await client.query(`TRUNCATE ${tables.map((t) => `${SCHEMA}.${quoted(t.table)}`).join(', ')}`);
  for (const { table } of tables)
    for (const file of files.filter((f) => f.table === table))
      await load(client, SCHEMA, file, open(file), signal);
  for (const { table, name, enable } of triggers)
    await client.query(`ALTER TABLE ${SCHEMA}.${quoted(table)} ${enable} TRIGGER ${quoted(name)}`);
  for (const { name, value } of manifest.sequences)
    await client.query('SELECT setval($1::regclass, $2)', [
      `${SCHEMA}.${quoted(name)}`,
      String(BigInt(value) + SEQUENCE_GAP),
    ]);
}

/** Those that are awake, and how they are woken again. */
async function userTriggers(client: Client) {
  const { rows } = await client.query<{ table: string; name: string; enable: string }>(
    `SELECT c.relname AS table, t.tgname AS name,
       CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END AS enable
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = '${SCHEMA}'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'D'`,
  );
  return rows;
}

/** Nothing takes entries out of the audit log: where it goes on from the end of the backup's, it stays as it is. */
async function holdsLog(
  client: Client,
  file: BackupFile | undefined,
  open: (file: BackupFile) => Readable,
  signal: AbortSignal,
): Promise<boolean> {
  if (file === undefined || file.rows === 0) return true;
  await client.query(`CREATE TEMP TABLE ${AUDIT_LOG} (LIKE ${SCHEMA}.${AUDIT_LOG}) ON COMMIT DROP`);
  await load(client, 'pg_temp', file, open(file), signal);
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM ${SCHEMA}.${AUDIT_LOG} JOIN
       (SELECT seq, hash FROM pg_temp.${AUDIT_LOG} ORDER BY seq DESC LIMIT 1) AS last USING (seq, hash)) AS held`,
  );
  return rows[0]?.held === true;
}

/** Where what is there goes on from the backup's it stays: nobody who was erased since is known again by a restore. */
async function holdsPeople(
  client: Client,
  files: readonly BackupFile[],
  open: (file: BackupFile) => Readable,
  signal: AbortSignal,
): Promise<boolean> {
  for (const [table, column] of Object.entries(KNOWN_BY)) {
    const file = files.find((f) => f.table === table);
    if (file === undefined || file.rows === 0) continue;
    await client.query(`CREATE TEMP TABLE ${table} (LIKE ${SCHEMA}.${table}) ON COMMIT DROP`);
    await load(client, 'pg_temp', file, open(file), signal);
    const { rows } = await client.query<{ held: boolean }>(
      `SELECT EXISTS (SELECT FROM ${SCHEMA}.${table} JOIN pg_temp.${table} USING (${column})) AS held`,
    );
    if (rows[0]?.held !== true) return false;
  }
  return true;
}

/** Loads every table beside the product's own, in a transaction that is left open and never to be committed. */
export async function loadAside(
  client: Client,
  { files }: Manifest,
  open: (file: BackupFile) => Readable,
  signal: AbortSignal,
): Promise<void> {
  await client.query(`CREATE SCHEMA ${SCRATCH}`);
  for (const file of files.filter((f) => f.store === 'postgres')) {
    const table = quoted(file.table);
    await client.query(`CREATE TABLE ${SCRATCH}.${table} (LIKE ${SCHEMA}.${table} INCLUDING ALL)`);
    await load(client, SCRATCH, file, open(file), signal);
  }
}
