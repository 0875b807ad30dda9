import { ID_MODULUS, type OffsetColumn, type Stretch, type Sum, ZERO } from '@fineprint/ledger';
import type { Warehouse } from './warehouse.ts';

const STRETCHES_PER_QUERY = 64;

/** A table name of ours; anything else must not reach a query. */
export function checkedTable(table: string): string {
  if (!/^[a-z_]{1,64}$/.test(table)) throw new Error(`${table} is no table's name`);
  return `fineprint.${table}`;
}

const ms = (value: number) => `fromUnixTimestamp64Milli(${Math.trunc(value)}, 'UTC')`;

export function stretchSql(stretch: Pick<Stretch, 'from' | 'to' | 'question'>): string {
  const { chain, column } = stretch.question;
  return `(_partition = ${chain.partition} AND ${column} >= ${stretch.from} AND ${column} < ${stretch.to})`;
}

/** When the stretches' records were received: rows outside need not be looked at. */
export function receivedSql(stretches: readonly Stretch[]): string {
  const entries = stretches.flatMap((s) => s.entries);
  const first = entries.reduce((min, e) => Math.min(min, e.firstTimeMs), Number.MAX_SAFE_INTEGER);
  const last = entries.reduce((max, e) => Math.max(max, e.lastTimeMs), 0);
  return `received_at >= ${ms(first)} AND received_at <= ${ms(last)}`;
}

/**
 * Leaves out rows at places that the loader refused: they came back later by a replay, which accounts for them under its
 * own topic. Needs the query's parameter `topic`.
 */
export const NOT_REPLAYED = `(_partition, _offset) NOT IN (
  SELECT assumeNotNull(partition), assumeNotNull(offset) FROM fineprint.event_notes
  WHERE stage = 'warehouse-loader' AND kind = 'dead_lettered' AND topic = {topic:String} AND offset IS NOT NULL)`;

/** Rows that were erased with their subject count as if they were there: that is what became of them. */
const ERASED = 'fineprint.erased_rows FINAL';

/** Places are noted before their rows go: until then they count once. Needs the query's parameter `topic`. */
export const erasedFrom = (table: string): string =>
  `table = '${table}' AND (_partition, _offset) NOT IN (
    SELECT _partition, _offset FROM ${checkedTable(table)} WHERE _topic = {topic:String}
      AND (_partition, _offset) IN (SELECT _partition, _offset FROM fineprint.erased_rows WHERE table = '${table}'))`;

/** Seldom: then the question is cheaper without them. */
async function hasErased(warehouse: Warehouse, stretches: readonly Stretch[]): Promise<boolean> {
  const [row] = await warehouse.rows<{ n: number }>(
    `SELECT count() AS n FROM fineprint.erased_rows
     WHERE table = {table:String} AND _topic = {topic:String} AND ${receivedSql(stretches)}`,
    { table: stretches[0]?.question.table, topic: stretches[0]?.question.rowTopic },
  );
  return (row?.n ?? 0) > 0;
}

/** What a table has of each stretch; all of one table and column. */
export async function sumRows(
  warehouse: Warehouse,
  stretches: readonly Stretch[],
): Promise<Map<Stretch, Sum>> {
  const sums = new Map<Stretch, Sum>();
  const groups = Map.groupBy(stretches, ({ question: q }) => `${q.table}/${q.rowTopic}/${q.column}`);
  for (const group of groups.values()) {
    for (let i = 0; i < group.length; i += STRETCHES_PER_QUERY) {
      await sumSome(warehouse, group.slice(i, i + STRETCHES_PER_QUERY), sums);
    }
  }
  return sums;
}

async function sumSome(
  warehouse: Warehouse,
  stretches: readonly Stretch[],
  sums: Map<Stretch, Sum>,
): Promise<void> {
  const question = stretches[0]?.question;
  if (question === undefined) return;
  const column: OffsetColumn = question.column;
  const id = 'lower(toString(event_id))';
  const which = stretches.map((s, i) => `${stretchSql(s)}, ${i}`).join(', ');
  const where = `_topic = {topic:String} AND ${receivedSql(stretches)} AND ${column} >= ${Math.min(...stretches.map((s) => s.from))}
      AND ${NOT_REPLAYED}`;
  const rowsIn = (table: string, murmur3: string, xxh32: string) =>
    `SELECT _partition, _offset, _source_offset, ${murmur3} AS m, ${xxh32} AS x FROM ${table} WHERE ${where}`;
  const stored = rowsIn(checkedTable(question.table), `murmurHash3_32(${id})`, `xxHash32(${id})`);
  const erased = (await hasErased(warehouse, stretches))
    ? ` UNION ALL ${rowsIn(ERASED, 'id_murmur3', 'id_xxh32')} AND ${erasedFrom(question.table)}`
    : '';
  const rows = await warehouse.rows<{ i: number } & Sum>(
    `SELECT multiIf(${which}, -1) AS i, count() AS records,
      sum(m) % ${ID_MODULUS} AS murmur3, sum(x) % ${ID_MODULUS} AS xxh32
    FROM (${stored}${erased}) GROUP BY i HAVING i >= 0`,
    { topic: question.rowTopic },
  );
  for (const stretch of stretches) sums.set(stretch, ZERO);
  for (const { i, ...sum } of rows) {
    const stretch = stretches[i];
    if (stretch !== undefined) sums.set(stretch, sum);
  }
}
