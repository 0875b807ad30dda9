import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';
import type { StoredColumns } from './stored-columns.ts';

/** Rows of one received day that go together, of one table of ClickHouse. */
export interface Removal {
  readonly id: string;
  readonly table: string;
  /** YYYY-MM-DD, in UTC. */
  readonly day: string;
}

/** So many rows go at once: they make a file that ClickHouse can read in memory, and a set that it can hold. */
export const MAX_ROWS = 500_000;

/** Rows of a table's name that is ours; of whole days, so that parts of other months are not looked at. */
const ofDay = (day: string) => {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`${day} is no day`);
  return `received_at >= toDateTime64('${day} 00:00:00', 3, 'UTC') AND received_at < toDateTime64('${day} 00:00:00', 3, 'UTC') + toIntervalDay(1)`;
};
const PLACE = '_topic, _partition, _offset';
const inRemoval = ({ id }: Removal) =>
  `(${PLACE}) IN (SELECT ${PLACE} FROM fineprint.removal_places WHERE removal = '${id}')`;

export const newRemoval = (table: string, day: string): Removal => ({ id: randomUUID(), table, day });

/** Days before `cutoffMs` in which rows were received, the oldest first. */
export function daysBefore(
  warehouse: Warehouse,
  run: Run,
  table: string,
  cutoffMs: number,
): Promise<{ readonly day: string; readonly rows: number }[]> {
  return warehouse.rows(
    `SELECT toString(toDate(received_at)) AS day, toFloat64(count()) AS rows FROM fineprint.${table}
     WHERE received_at < fromUnixTimestamp64Milli({cutoff:Int64}, 'UTC') GROUP BY day ORDER BY day`,
    { cutoff: cutoffMs },
    run.signal,
  );
}

/** A day's rows as Parquet, any of them up to the bound. */
export const readDay = (warehouse: Warehouse, run: Run, { table, day }: Removal, columns: StoredColumns) =>
  warehouse.open(
    `SELECT ${columns.list} FROM fineprint.${table} WHERE ${ofDay(day)} LIMIT ${MAX_ROWS}
     SETTINGS output_format_parquet_row_group_size = 50000, output_format_parquet_row_group_size_bytes = 33554432 FORMAT Parquet`,
    {},
    run.signal,
  );

/** Marks for removal what a file holds, by reading the file. */
export const takeFromFile = (
  warehouse: Warehouse,
  run: Run,
  removal: Removal,
  columns: StoredColumns,
  file: Readable,
) =>
  warehouse.feed(
    `INSERT INTO fineprint.removal_places
     SELECT '${removal.id}', ${PLACE}, _source_offset, ${columns.hash}
     FROM input('${columns.structure.replaceAll("'", "''")}') FORMAT Parquet`,
    {},
    file,
    run.signal,
  );

/** Marks a day's rows for removal without a file. */
export const takeFromTable = (
  warehouse: Warehouse,
  run: Run,
  removal: Removal,
  columns: StoredColumns,
): Promise<void> =>
  warehouse.command(
    `INSERT INTO fineprint.removal_places SELECT '${removal.id}', ${PLACE}, _source_offset, ${columns.hash}
     FROM fineprint.${removal.table} WHERE ${ofDay(removal.day)} LIMIT ${MAX_ROWS}`,
    {},
    run.signal,
  );

export interface Comparison {
  /** Rows that are marked for removal, and their places. */
  readonly marked: number;
  readonly markedPlaces: number;
  /** Places of them that the table holds. */
  readonly heldPlaces: number;
  /** Rows at these places that are other than marked. */
  readonly differing: number;
}

/** What is marked for removal beside what the table holds there, each row by everything in it. */
export async function compare(
  warehouse: Warehouse,
  run: Run,
  removal: Removal,
  columns: StoredColumns,
): Promise<Comparison> {
  const [row] = await warehouse.rows<Comparison>(
    `WITH held AS (SELECT ${PLACE}, ${columns.hash} AS row_hash FROM fineprint.${removal.table}
       WHERE ${ofDay(removal.day)} AND ${inRemoval(removal)})
     SELECT toFloat64(count()) AS marked, toFloat64(uniqExact(${PLACE})) AS markedPlaces,
       (SELECT toFloat64(uniqExact(${PLACE})) FROM held) AS heldPlaces,
       (SELECT toFloat64(count()) FROM held WHERE (${PLACE}, row_hash) NOT IN (
         SELECT ${PLACE}, row_hash FROM fineprint.removal_places WHERE removal = '${removal.id}')) AS differing
     FROM fineprint.removal_places WHERE removal = '${removal.id}'`,
    {},
    run.signal,
  );
  if (row === undefined) throw new Error('an aggregate without GROUP BY has one row');
  return row;
}

/** For the loader: how far rows went that are about to be gone. */
export const notePositions = (warehouse: Warehouse, run: Run, { id, table }: Removal): Promise<void> =>
  warehouse.command(
    `INSERT INTO fineprint.removed_positions SELECT '${table}', _topic, _partition, max(_offset), max(_source_offset)
     FROM fineprint.removal_places WHERE removal = '${id}' GROUP BY _topic, _partition`,
    {},
    run.signal,
  );

/** Takes exactly the marked rows out of the table's files; answers how many are left of them. */
export async function deleteMarked(warehouse: Warehouse, run: Run, removal: Removal): Promise<number> {
  const { table, day } = removal;
  const where = `${ofDay(day)} AND ${inRemoval(removal)}`;
  await warehouse.command(
    `ALTER TABLE fineprint.${table} DELETE IN PARTITION ${day.slice(0, 7).replace('-', '')} WHERE ${where}
     SETTINGS mutations_sync = 2`,
    {},
    run.signal,
  );
  const [row] = await warehouse.rows<{ n: number }>(
    `SELECT toFloat64(count()) AS n FROM fineprint.${table} WHERE ${where}`,
    {},
    run.signal,
  );
  return row?.n ?? 0;
}

export const endRemoval = (warehouse: Warehouse, run: Run, { id }: Removal): Promise<void> =>
  warehouse.command(`ALTER TABLE fineprint.removal_places DROP PARTITION '${id}'`, {}, run.signal);

/** What killed runs left. Only for whoever is the one that removes. */
export async function endOldRemovals(warehouse: Warehouse, run: Run): Promise<void> {
  const old = await warehouse.rows<{ id: string }>(
    'SELECT DISTINCT toString(removal) AS id FROM fineprint.removal_places',
    {},
    run.signal,
  );
  for (const { id } of old) await endRemoval(warehouse, run, { id, table: '', day: '' });
}
