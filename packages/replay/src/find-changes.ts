import type { OffsetRange } from '@fineprint/stream-runtime';
import { changedColumns, chunksOf, inChunk, inRanges, payloadColumns, quoted } from './diff-sql.ts';
import type { OnProgress } from './parts.ts';
import type { ReplayTopic } from './stages.ts';
import { columnsOf, outcomesTable, tablesOf } from './tables.ts';
import type { Warehouse } from './warehouse.ts';

/** What else a comparison tells. */
export interface Comparison {
  /** Live rows with a shadow row. */
  readonly matched: number;
}

/**
 * Compares a table as it is now with the shadow rows, and writes down what differs. Begins anew each time, so that what is
 * promoted is compared with what is there then, whatever was promoted or deleted since.
 */
export async function findChanges(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  ranges: readonly OffsetRange[],
  onProgress: OnProgress,
): Promise<Comparison> {
  const { live, rows, changes } = tablesOf(id, topic.table);
  await warehouse.run(`TRUNCATE TABLE ${changes}`);
  const mine = ranges.filter((r) => r.topic === topic.raw);
  if (mine.length === 0) return { matched: 0 };
  const has = new Set((await columnsOf(warehouse, rows)).map((c) => c.name));
  const payload = payloadColumns(await columnsOf(warehouse, live)).filter((c) => has.has(c.name));
  const names = payload.map((c) => c.name).join(', ');
  const chunks = chunksOf(mine);
  let matched = 0;
  for (const [n, chunk] of chunks.entries()) {
    const where = inChunk(chunk);
    await warehouse.run(
      `INSERT INTO ${changes}
      SELECT l._partition, l._source_offset, l._offset, toYYYYMM(l.received_at), 'changed', l.event_id, ${changedColumns(payload)} AS differing
      FROM (SELECT _partition, _source_offset, _offset, received_at, event_id, ${names} FROM ${live} WHERE ${where}) AS l
      INNER JOIN (SELECT _partition, _source_offset, ${names} FROM ${rows} WHERE ${where}) AS s
      ON l._partition = s._partition AND l._source_offset = s._source_offset
      WHERE notEmpty(differing)`,
    );
    const [count] = await warehouse.select<{ n: number }>(
      `SELECT count() AS n FROM ${live} WHERE ${where}
        AND (_partition, _source_offset) IN (SELECT _partition, _source_offset FROM ${rows} WHERE ${where})`,
    );
    matched += Number(count?.n ?? 0);
    onProgress(`comparing ${topic.table}`, n + 1, chunks.length);
  }
  await findRemovals(warehouse, id, topic, mine);
  return { matched };
}

/** Rows whose record the current code does not pass on: only by what it said of that record, never because one is not there. */
async function findRemovals(
  warehouse: Warehouse,
  id: string,
  topic: ReplayTopic,
  ranges: readonly OffsetRange[],
): Promise<void> {
  const { live, changes } = tablesOf(id, topic.table);
  // The loader goes on from max(_offset): without a partition's newest row it would load that row again.
  await warehouse.run(
    `INSERT INTO ${changes}
    SELECT _partition, _source_offset, _offset, toYYYYMM(received_at),
      if((_partition, _offset) IN (SELECT _partition, max(_offset) FROM ${live} GROUP BY _partition), 'kept', 'removed'), event_id, []
    FROM ${live} WHERE ${inRanges(ranges)} AND (_partition, _source_offset) IN (
      SELECT _partition, _source_offset FROM ${outcomesTable(id)}
      WHERE topic = ${quoted(topic.raw)} AND before = 'passed' AND after != 'passed')`,
  );
}
