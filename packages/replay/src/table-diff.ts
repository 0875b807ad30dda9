import type { OffsetRange } from '@fineprint/stream-runtime';
import { inRanges, payloadColumns } from './diff-sql.ts';
import type { RowExample, TableDiff } from './diff-types.ts';
import type { Comparison } from './find-changes.ts';
import { changedPaths } from './json-paths.ts';
import type { ReplayTopic } from './stages.ts';
import { columnsOf, tablesOf } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

const EXAMPLES = 10;

/** Counts and examples of what `findChanges` wrote down. */
export async function tableDiff(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  ranges: readonly OffsetRange[],
  { matched }: Comparison,
): Promise<TableDiff> {
  const { live, rows, changes } = tablesOf(id, topic.table);
  const mine = ranges.filter((r) => r.topic === topic.raw);
  const count = async (query: string) =>
    Number((await warehouse.select<{ n: number }>(`SELECT count() AS n FROM ${query}`))[0]?.n ?? 0);
  const inRange = mine.length === 0 ? 0 : await count(`${live} WHERE ${inRanges(mine)}`);
  const of = (kind: string) => count(`${changes} WHERE kind = '${kind}'`);
  const [changed, removed, kept] = [await of('changed'), await of('removed'), await of('kept')];
  const columns = await warehouse.select<{ column: string; rows: number }>(
    `SELECT arrayJoin(columns) AS column, toUInt32(count()) AS rows FROM ${changes} WHERE kind = 'changed' GROUP BY column ORDER BY rows DESC, column`,
  );
  return {
    table: topic.table,
    rows: inRange,
    unchanged: matched - changed,
    changed,
    removed,
    kept,
    not_stored: (await count(rows)) - matched,
    not_replayed: inRange - matched - removed - kept,
    columns,
    examples: await examplesOf(warehouse, id, topic),
  };
}

interface Difference {
  readonly event_id: string;
  readonly _partition: number;
  readonly _source_offset: number;
  readonly kind: RowExample['kind'];
  readonly columns: readonly string[];
}

async function examplesOf(warehouse: Warehouse, id: string, topic: ReplayTopic): Promise<RowExample[]> {
  const { changes } = tablesOf(id, topic.table);
  const picked = await warehouse.select<Difference>(
    `SELECT toString(event_id) AS event_id, _partition, _source_offset, kind, columns FROM ${changes}
      ORDER BY kind, _partition, _source_offset LIMIT ${EXAMPLES}`,
  );
  const examples: RowExample[] = [];
  for (const d of picked) {
    examples.push({
      event_id: d.event_id,
      partition: d._partition,
      source_offset: Number(d._source_offset),
      kind: d.kind,
      paths: await pathsOf(warehouse, id, topic, d),
    });
  }
  return examples;
}

/** Values are looked at here and go no further. */
async function pathsOf(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  difference: Difference,
): Promise<string[]> {
  if (difference.columns.length === 0) return [];
  const { live, rows } = tablesOf(id, topic.table);
  const known = new Set(payloadColumns(await columnsOf(warehouse, live)).map((c) => c.name));
  const columns = difference.columns.filter((c) => known.has(c));
  const read = async (table: string) => {
    const [row] = await warehouse.select<Record<string, string | null>>(
      `SELECT ${columns.map((c) => `toString(${c}) AS t_${c}`).join(', ')} FROM ${table}
        WHERE _partition = ${difference._partition} AND _source_offset = ${difference._source_offset} LIMIT 1`,
    );
    return row ?? {};
  };
  const [before, after] = [await read(live), await read(rows)];
  return columns.flatMap((c) => changedPaths(c, before[`t_${c}`] ?? null, after[`t_${c}`] ?? null));
}
