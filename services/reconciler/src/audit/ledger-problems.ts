import type { LedgerRecordProblem } from '@fineprint/ledger';
import type { Warehouse } from './warehouse.ts';
import { type AuditWindow, timeSql } from './window.ts';

/** The row before the window is looked for so far back first: what is older costs more to find. */
const NEAR_MS = 3_600_000;

/** A stretch of pipeline.ledger that its table lacks, or one offset that it has more than once. */
export interface LedgerTableProblem {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly times: number;
  /** About when it was written. */
  readonly nearMs: number;
}

const MAX_PROBLEMS = 100;

/** What Kafka says of a partition of the ledger. */
export interface LedgerPartition {
  /** Its oldest record. */
  readonly low: number;
  /** How far the loader has committed. */
  readonly passed: number;
}

/**
 * The loader writes each partition in order and leaves nothing out, so from the row before the window (or Kafka's oldest
 * record) to where the loader has committed there is one row per offset.
 */
export async function findLedgerTableProblems(
  warehouse: Warehouse,
  { sinceMs }: AuditWindow,
  kafka: ReadonlyMap<number, LedgerPartition>,
): Promise<LedgerTableProblem[]> {
  const near = `written_at >= ${timeSql('near')}`;
  const starts = `SELECT _partition, minIf(_offset, received_at >= ${timeSql('since')}) AS start,
      maxOrNullIf(_offset, received_at < ${timeSql('since')}) AS previous
    FROM fineprint.pipeline_ledger WHERE ${near} GROUP BY _partition HAVING countIf(received_at >= ${timeSql('since')}) > 0`;
  const inWindow = `FROM fineprint.pipeline_ledger AS e INNER JOIN (${starts}) AS s USING (_partition) WHERE ${near} AND _offset >= start`;
  const params = { since: sinceMs, near: Math.max(0, sinceMs - NEAR_MS) };
  const partitions = await warehouse.rows<{
    partition: number;
    previous: number | null;
    lo: number;
    hi: number;
    first: number;
    last: number;
  }>(
    `SELECT _partition AS partition, any(previous) AS previous, min(_offset) AS lo, max(_offset) AS hi,
      toUnixTimestamp64Milli(min(received_at)) AS first, toUnixTimestamp64Milli(max(received_at)) AS last
    ${inWindow} GROUP BY _partition`,
    params,
  );
  const farther = partitions.some((p) => p.previous === null) ? await lastBefore(warehouse, sinceMs) : null;
  const ends = partitions.flatMap(({ partition, previous, lo, hi, first, last }): LedgerTableProblem[] => {
    const { low, passed } = kafka.get(partition) ?? { low: lo, passed: 0 };
    const before = previous ?? farther?.get(partition);
    const from = before === undefined ? low : before + 1;
    return [
      ...(from < lo ? [{ partition, from, to: lo, times: 0, nearMs: first }] : []),
      ...(passed > hi + 1 ? [{ partition, from: hi + 1, to: passed, times: 0, nearMs: last }] : []),
    ];
  });
  // As many rows as offsets may still be one missing and one double.
  const found = await warehouse.rows<{
    partition: number;
    from: number;
    next: number;
    times: number;
    near: number;
  }>(
    `SELECT partition, o AS from, next_o AS next, times, near FROM (
      SELECT _partition AS partition, _offset AS o, count() AS times, toUnixTimestamp64Milli(any(received_at)) AS near,
        leadInFrame(o, 1, o + 1) OVER (PARTITION BY partition ORDER BY o ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS next_o
      ${inWindow} GROUP BY _partition, _offset)
    WHERE times > 1 OR next_o > o + 1 LIMIT ${MAX_PROBLEMS}`,
    params,
  );
  const holes = found.flatMap(({ partition, from, next, times, near: nearMs }): LedgerTableProblem[] => [
    ...(times > 1 ? [{ partition, from, to: from + 1, times, nearMs }] : []),
    ...(next > from + 1 ? [{ partition, from: from + 1, to: next, times: 0, nearMs }] : []),
  ]);
  return [...holes, ...ends].slice(0, MAX_PROBLEMS);
}

/** The last one before the window, whether it is still there or was removed because its time was over. */
async function lastBefore(warehouse: Warehouse, sinceMs: number): Promise<ReadonlyMap<number, number>> {
  const rows = await warehouse.rows<{ partition: number; offset: number }>(
    `SELECT partition, max(o) AS offset FROM (
      SELECT _partition AS partition, max(_offset) AS o FROM fineprint.pipeline_ledger
      WHERE received_at < ${timeSql('since')} GROUP BY _partition
      UNION ALL SELECT _partition AS partition, max(max_offset) AS o FROM fineprint.removed_positions
      WHERE table_name = 'pipeline_ledger' AND _topic = 'pipeline.ledger' GROUP BY _partition)
    GROUP BY partition`,
    { since: sinceMs },
  );
  return new Map(rows.map((r) => [r.partition, r.offset]));
}

/** One problem per record, with what Kafka has of it. */
export function perRecord(
  problem: LedgerTableProblem,
  entries: ReadonlyMap<number, LedgerRecordProblem['entry']>,
): LedgerRecordProblem[] {
  const count = Math.min(problem.to - problem.from, MAX_PROBLEMS);
  return Array.from({ length: count }, (_, i) => {
    const offset = problem.from + i;
    return { partition: problem.partition, offset, times: problem.times, entry: entries.get(offset) ?? null };
  });
}
