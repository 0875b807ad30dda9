import type { Column } from './columns.ts';
import type { LoadedTable } from './tables.ts';

export const STAGE = 'LOAD_FILES';
const POSITIONS = 'LOAD_POSITIONS';
/** Of a partition that nothing was loaded from. */
export const NO_OFFSET = -1;

/** Quoted and upper-case: the same as without quotes, and safe where a name is a word of SQL's. */
const quoted = (name: string): string => `"${name.toUpperCase()}"`;
const list = (columns: readonly Column[], prefix = ''): string =>
  columns.map(({ name }) => `${prefix}${quoted(name)}`).join(', ');

/** Where a merge's rows stand before it: a table of the session's own. */
const arrivalsOf = (table: LoadedTable): string => `LOAD_${table.name.toUpperCase()}`;

/** Before a session's first load of a table; DDL would end a transaction. */
export function prepareSql(table: LoadedTable): string[] {
  if (table.newest === null) return [];
  return [`CREATE TEMPORARY TABLE IF NOT EXISTS ${arrivalsOf(table)} LIKE ${table.name.toUpperCase()}`];
}

/** A file goes in whole or not at all. The path names one file: no other begins with its whole name. */
export function copySql(table: LoadedTable, columns: readonly Column[], file: string): string {
  const into = table.newest === null ? table.name.toUpperCase() : arrivalsOf(table);
  const fields = columns.map(({ name, type }) => (type === 'VARIANT' ? `$1:${name}` : `$1:${name}::${type}`));
  return `COPY INTO ${into} (${list(columns)}) FROM (SELECT ${fields.join(', ')} FROM @${STAGE}/${file}) FILE_FORMAT = (TYPE = JSON)`;
}

export const clearSql = (table: LoadedTable): string => `DELETE FROM ${arrivalsOf(table)}`;

/** Keeps the row of the highest version of each key, wherever it is: repeats and old snapshots change nothing. */
export function mergeSql(table: LoadedTable, columns: readonly Column[]): string {
  if (table.newest === null) throw new Error(`${table.name} keeps every row`);
  const { key, version } = table.newest;
  const [into, from] = [table.name.toUpperCase(), arrivalsOf(table)];
  const keys = key.map(quoted);
  const rest = columns.filter(({ name }) => !key.includes(name));
  const newest = `SELECT * FROM ${from} QUALIFY ROW_NUMBER() OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${quoted(version)} DESC, "_OFFSET" DESC) = 1`;
  return `MERGE INTO ${into} T USING (${newest}) S ON ${keys.map((k) => `T.${k} = S.${k}`).join(' AND ')}
    WHEN MATCHED AND S.${quoted(version)} >= T.${quoted(version)} THEN UPDATE SET ${rest.map(({ name }) => `T.${quoted(name)} = S.${quoted(name)}`).join(', ')}
    WHEN NOT MATCHED THEN INSERT (${list(columns)}) VALUES (${list(columns, 'S.')})`;
}

const PLACE = '"_TOPIC" = ? AND "_PARTITION" = ?';
const AT = 'topic = ? AND partition_no = ?';

export const READ_POSITION = `SELECT next_offset, source_offset FROM ${POSITIONS} WHERE ${AT}`;

/**
 * Takes effect once: whoever comes second waits for the lock and finds the position moved. A merge holds a lock that others
 * wait for, so Snowflake may have rolled it back meanwhile: then what had arrived is gone too, and nothing moves.
 */
export const movePositionSql = (table: LoadedTable): string =>
  `UPDATE ${POSITIONS} SET next_offset = ?, source_offset = ?, file_name = ?, updated_at = SYSDATE()
  WHERE ${AT} AND next_offset = ?${
    table.newest === null
      ? ''
      : ` AND EXISTS (SELECT 1 FROM ${arrivalsOf(table)} WHERE ${PLACE} AND "_OFFSET" = ?)`
  }`;

/** A row that the migrations make. Updating it takes the table's lock, so what the next statement sees stays true. */
export const LOCK_POSITIONS = `UPDATE ${POSITIONS} SET updated_at = SYSDATE() WHERE topic = '' AND partition_no = -1`;

/** For a place that nothing was loaded from yet, or whose position was lost: then the rows tell it. */
export const addPositionSql = (table: LoadedTable): string =>
  `INSERT INTO ${POSITIONS} (topic, partition_no, next_offset, source_offset, updated_at)
    SELECT ?, ?, COALESCE(MAX("_OFFSET") + 1, -1), COALESCE(MAX("_SOURCE_OFFSET"), -1), SYSDATE()
    FROM ${table.name.toUpperCase()} WHERE ${PLACE}`;

export const heldOffsetsSql = (table: LoadedTable): string =>
  `SELECT "_OFFSET" AS held FROM ${table.name.toUpperCase()} WHERE ${PLACE} AND "_OFFSET" >= ? AND "_OFFSET" < ?`;

export const sourceBeforeSql = (table: LoadedTable): string =>
  `SELECT MAX("_SOURCE_OFFSET") AS highest FROM ${table.name.toUpperCase()}
    WHERE ${PLACE} AND "_OFFSET" < ? AND "_SOURCE_OFFSET" >= 0`;

export const holdsPlaceSql = (table: LoadedTable): string =>
  `SELECT COUNT(*) AS held FROM ${table.name.toUpperCase()} WHERE ${PLACE} AND "_OFFSET" = ?`;

export const holdsEventSql = (table: LoadedTable): string =>
  `SELECT COUNT(*) AS held FROM ${table.name.toUpperCase()} WHERE "EVENT_ID" = ?`;
