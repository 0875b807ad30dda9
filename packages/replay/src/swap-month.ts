import type { Swap } from './bookkeeping.ts';
import { payloadColumns, placesOf } from './diff-sql.ts';
import { ReplayError } from './errors.ts';
import { columnsOf, tablesOf } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

const inMonth = (month: number) => `toYYYYMM(received_at) = ${month}`;
const DIFFERING = "'changed', 'removed'";
const REMOVED = "'removed'";
const KEEP_HOURS = 72;

/** Months of a table that hold rows to be swapped. */
export async function monthsOf(warehouse: Warehouse, id: string, table: string): Promise<number[]> {
  const { changes } = tablesOf(id, table);
  const months = await warehouse.select<{ month: number }>(
    `SELECT DISTINCT month FROM ${changes} WHERE kind IN (${DIFFERING}) ORDER BY month`,
  );
  return months.map((m) => m.month);
}

/** The rows that a swap is about to replace, kept as long as the raw topics keep what they were made from. */
export async function backUp(warehouse: Warehouse, id: string, table: string): Promise<void> {
  const { live, before, changes } = tablesOf(id, table);
  await warehouse.run(
    `CREATE TABLE IF NOT EXISTS ${before} AS ${live} ENGINE = MergeTree ORDER BY (_partition, _source_offset)`,
  );
  await warehouse.run(`ALTER TABLE ${before} ADD COLUMN IF NOT EXISTS _replaced_at DateTime DEFAULT now()`);
  await warehouse.run(`ALTER TABLE ${before} MODIFY TTL _replaced_at + toIntervalHour(${KEEP_HOURS})`);
  const columns = (await columnsOf(warehouse, live)).map((c) => c.name).join(', ');
  await warehouse.run(
    `INSERT INTO ${before} (${columns}) SELECT ${columns} FROM ${live} WHERE ${placesOf(changes, DIFFERING)}
      AND (_partition, _source_offset) NOT IN (SELECT _partition, _source_offset FROM ${before})`,
  );
}

/** Where replaced rows are, and how many: what a promotion did, also one that took several runs. */
export async function backupsOf(
  warehouse: Warehouse,
  id: string,
): Promise<{ replaced: number; backupTables: string[] }> {
  const names = await warehouse.select<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'fineprint' AND name LIKE 'replay_${id}_%_before' ORDER BY name`,
  );
  let replaced = 0;
  for (const { name } of names) {
    const [count] = await warehouse.select<{ n: number }>(`SELECT count() AS n FROM fineprint.${name}`);
    replaced += Number(count?.n ?? 0);
  }
  return { replaced, backupTables: names.map((n) => n.name) };
}

export const backupUntil = (nowMs: number) => new Date(nowMs + KEEP_HOURS * 3_600_000).toISOString();

/** An empty replacement for a table. */
export async function createNext(warehouse: Warehouse, id: string, table: string): Promise<void> {
  const { live, next } = tablesOf(id, table);
  await warehouse.run(`DROP TABLE IF EXISTS ${next} SYNC`);
  await warehouse.run(`CREATE TABLE ${next} AS ${live}`);
}

/**
 * A month as it is to be, beside the live one, which goes on growing. Parts without a change are shared with the live table;
 * the others are written anew. A changed row keeps its place and time of receipt.
 */
export async function prepareMonth(warehouse: Warehouse, id: string, { table, month }: Swap): Promise<void> {
  const { live, rows, next, changes } = tablesOf(id, table);
  await warehouse.run(`ALTER TABLE ${next} ATTACH PARTITION ${month} FROM ${live}`);
  await warehouse.run(
    `ALTER TABLE ${next} DELETE WHERE ${inMonth(month)} AND ${placesOf(changes, DIFFERING)}`,
  );
  const all = await columnsOf(warehouse, live);
  const made = new Set(payloadColumns(await columnsOf(warehouse, rows)).map((c) => c.name));
  const picked = all.map(({ name }) => `${made.has(name) ? 's' : 'l'}.${name}`);
  const changed = placesOf(changes, "'changed'");
  await warehouse.run(
    `INSERT INTO ${next} (${all.map((c) => c.name).join(', ')}) SELECT ${picked.join(', ')}
      FROM (SELECT * FROM ${live} WHERE ${inMonth(month)} AND ${changed}) AS l
      INNER JOIN (SELECT * FROM ${rows} WHERE ${inMonth(month)} AND ${changed}) AS s
      ON l._partition = s._partition AND l._source_offset = s._source_offset
      LIMIT 1 BY l._partition, l._offset`,
  );
}

/** Rows that were stored since, and none that was deleted since. From here on nobody may insert. */
export async function catchUp(
  warehouse: Warehouse,
  id: string,
  { table, month }: Swap,
  interrupted: boolean,
): Promise<void> {
  const { live, next, changes } = tablesOf(id, table);
  const columns = (await columnsOf(warehouse, live)).map((c) => c.name).join(', ');
  const kept = `${inMonth(month)} AND NOT ${placesOf(changes, REMOVED)}`;
  const ends = await warehouse.select<{ p: number; at: string }>(
    `SELECT _partition AS p, toString(max(_offset)) AS at FROM ${next} WHERE ${inMonth(month)} GROUP BY p`,
  );
  const known = ends.map((e) => `WHEN ${e.p} THEN ${e.at}`).join(' ');
  const after = ends.length === 0 ? '1' : `_offset > (CASE _partition ${known} ELSE -1 END)`;
  await warehouse.run(
    `INSERT INTO ${next} (${columns}) SELECT ${columns} FROM ${live} WHERE ${kept} AND ${after} LIMIT 1 BY _partition, _offset`,
  );
  if (!interrupted && (await holdSame(warehouse, next, live, month, kept))) return;
  await warehouse.run(
    `ALTER TABLE ${next} DELETE WHERE ${inMonth(month)} AND (_partition, _offset) NOT IN (SELECT _partition, _offset FROM ${live} WHERE ${kept})`,
  );
  if (await holdSame(warehouse, next, live, month, kept)) return;
  throw new ReplayError(
    'SWAP_DIFFERS',
    `The replacement of ${table} for ${month} does not hold the same events as the live table.`,
    `Nothing was swapped there. Promote again: npm run -s fineprint -- replay --promote ${id}`,
  );
}

/**
 * By place. The live table may hold a place more often than the replacement: a swap that a crash of the store interrupted
 * leaves rows in it twice. What somebody doubled there is doubled in the replacement too, and for an audit to tell.
 */
async function holdSame(
  warehouse: Warehouse,
  next: string,
  live: string,
  month: number,
  kept: string,
): Promise<boolean> {
  const [a, b] = [`${next} WHERE ${inMonth(month)}`, `${live} WHERE ${kept}`];
  const sums = (from: string) =>
    warehouse.select<{ n: string; hash: string }>(
      `SELECT toString(count()) AS n, toString(sum(cityHash64(_partition, _offset))) AS hash FROM ${from}`,
    );
  const [[ofNext], [ofLive]] = [await sums(a), await sums(b)];
  if (ofNext !== undefined && ofNext.n === ofLive?.n && ofNext.hash === ofLive.hash) return true;
  const [differing] = await warehouse.select<{ n: number }>(
    `SELECT toFloat64(count()) AS n FROM (
      SELECT countIf(is_next) AS there, countIf(NOT is_next) AS here FROM (
        SELECT _partition, _offset, true AS is_next FROM ${a} UNION ALL SELECT _partition, _offset, false FROM ${b})
      GROUP BY _partition, _offset HAVING there = 0 OR here = 0 OR there > here)`,
  );
  return differing?.n === 0;
}

/**
 * The swap itself: readers see the month as it was or as it is to be. REPLACE PARTITION, not EXCHANGE TABLES: the live table
 * keeps its deduplication tokens, so an insert of a frozen loader that wakes up later still has no effect.
 */
export async function swapMonth(warehouse: Warehouse, id: string, { table, month }: Swap): Promise<void> {
  const { live, next } = tablesOf(id, table);
  await warehouse.run(`ALTER TABLE ${live} REPLACE PARTITION ${month} FROM ${next}`);
}
