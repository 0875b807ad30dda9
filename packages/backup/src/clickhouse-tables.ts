import type { Readable } from 'node:stream';
import { KEY_TABLE } from '@fineprint/masking';
import { CheckedCopy } from '@fineprint/parquet';
import { BackupError } from './backup-error.ts';
import type { ClickHouseStore } from './clickhouse-store.ts';
import type { BackupFile } from './manifest.ts';

/** Whatever is worked on here is not in the product's tables until it is whole. */
export const SCRATCH = 'fineprint_restore';

export type Table = Pick<BackupFile, 'table' | 'columns'>;

const quoted = (name: string) => `\`${name.replaceAll('`', '')}\``;
const namesOf = ({ columns }: Table) => columns.map((c) => quoted(c.name)).join(', ');
const hashOf = (table: Table) => `toString(sum(cityHash64(tuple(${namesOf(table)}))))`;

/** Every table of the product with the columns that do not follow from others. Tables of replays are for a while, and left out. */
export async function listTables(store: ClickHouseStore): Promise<Table[]> {
  const columns = await store.rows<{ table: string; name: string; type: string }>(
    `SELECT c.table AS table, c.name AS name, c.type AS type FROM system.columns AS c
     INNER JOIN system.tables AS t ON t.database = c.database AND t.name = c.table
     WHERE c.database = 'fineprint' AND t.engine LIKE '%MergeTree' AND c.table != 'schema_migrations'
       AND NOT startsWith(c.table, 'replay_') AND c.default_kind NOT IN ('ALIAS', 'MATERIALIZED', 'EPHEMERAL')
     ORDER BY c.table, c.position`,
  );
  return [...Map.groupBy(columns, (c) => c.table)].map(([table, own]) => ({
    table,
    columns: own.map(({ name, type }) => ({ name, type })),
  }));
}

export async function migrationsOf(store: ClickHouseStore): Promise<Record<string, string>> {
  const rows = await store.rows<{ id: string; checksum: string }>(
    'SELECT id, any(checksum) AS checksum FROM fineprint.schema_migrations GROUP BY id ORDER BY id',
  );
  return Object.fromEntries(rows.map((r) => [r.id, r.checksum]));
}

/** All rows of a moment: one statement reads the parts that were there when it began. Fails where ClickHouse breaks it off. */
export async function dumpTable(store: ClickHouseStore, table: Table, signal: AbortSignal) {
  const rows = await store.open(
    `SELECT ${namesOf(table)} FROM fineprint.${table.table} FORMAT Native`,
    signal,
  );
  return [rows, new CheckedCopy({ add: () => undefined, rows: () => 0 })];
}

export interface Counted {
  readonly rows: number;
  readonly fingerprint: string;
}

/** What ClickHouse reads in a file, without storing it. */
export async function countFile(
  store: ClickHouseStore,
  table: Table,
  file: Readable,
  signal: AbortSignal,
): Promise<Counted> {
  const structure = table.columns.map((c) => `${quoted(c.name)} ${c.type}`).join(', ');
  await store.feed(
    `INSERT INTO ${SCRATCH}.counts SELECT '${table.table}', count(), ${hashOf(table)}
     FROM input('${structure.replaceAll('\\', '\\\\').replaceAll("'", "''")}') FORMAT Native`,
    file,
    {},
    signal,
  );
  const [counted] = await store.rows<Counted>(
    `SELECT toFloat64(rows) AS rows, fingerprint FROM ${SCRATCH}.counts WHERE name = '${table.table}'`,
  );
  if (counted === undefined) throw new Error(`ClickHouse has counted nothing of ${table.table}`);
  return counted;
}

export async function openScratch(store: ClickHouseStore): Promise<void> {
  await dropScratch(store); // what a killed one left
  await store.command(`CREATE DATABASE ${SCRATCH}`);
  await store.command(
    `CREATE TABLE ${SCRATCH}.counts (name String, rows UInt64, fingerprint String) ENGINE = Memory`,
  );
}

export const dropScratch = (store: ClickHouseStore): Promise<void> =>
  store.command(`DROP DATABASE IF EXISTS ${SCRATCH} SYNC`);

/** Fills a table like the product's own beside it, and compares it with the backup. */
export async function loadTable(
  store: ClickHouseStore,
  file: BackupFile,
  rows: Readable,
  signal: AbortSignal,
): Promise<void> {
  const table = `${SCRATCH}.${file.table}`;
  await store.command(`CREATE TABLE ${table} AS fineprint.${file.table}`);
  await store.feed(
    `INSERT INTO ${table} (${namesOf(file)}) FORMAT Native`,
    rows,
    // Rows of any number of months, each as it was.
    { max_partitions_per_insert_block: '0', optimize_on_insert: 0, insert_deduplicate: 0 },
    signal,
  );
  // Apart from each other, as a name for a result would hide a column of that name.
  const [held] = await store.rows<Counted & { replaces: 0 | 1 }>(
    `SELECT toFloat64(counted.1) AS rows, counted.2 AS fingerprint,
       (SELECT toUInt8(engine != 'MergeTree') FROM system.tables WHERE database = '${SCRATCH}' AND name = '${file.table}') AS replaces
     FROM (SELECT (count(), ${hashOf(file)}) AS counted FROM ${table})`,
  );
  // A merge may have dropped rows that newer ones of their key replace; that every byte was read the file's checksum says.
  const isWhole =
    held?.replaces === 1
      ? held.rows <= file.rows && held.rows > 0 === file.rows > 0
      : held?.rows === file.rows && held.fingerprint === file.fingerprint;
  if (!isWhole)
    throw new BackupError(
      'backup_differs',
      `${file.table} has ${held?.rows ?? 0} rows after loading, or other ones; the backup has ${file.rows}`,
    );
}

/** Puts a whole table into the place of the product's own; what was there is dropped with the scratch database. */
export const swapIn = (store: ClickHouseStore, table: string): Promise<void> =>
  store.command(`EXCHANGE TABLES fineprint.${table} AND ${SCRATCH}.${table}`);

/** Whether anything would be lost. The masking key does not count: a migration makes one, and the backup's takes its place. */
export async function hasRows(store: ClickHouseStore, tables: readonly Table[]): Promise<boolean> {
  const [found] = await store.rows<{ n: number }>(
    `SELECT toFloat64(sum(total_rows)) AS n FROM system.tables WHERE database = 'fineprint' AND name IN (${tables
      .filter(({ table }) => `fineprint.${table}` !== KEY_TABLE)
      .map(({ table }) => `'${table}'`)
      .join(', ')})`,
  );
  return (found?.n ?? 0) > 0;
}
