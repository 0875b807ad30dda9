import type { Dataset } from '@fineprint/retention';
import type { Run } from '../engine/job.ts';
import { markRemoved } from './marks.ts';

const BATCH_ROWS = 5_000;

/** Removes rows of before, some at a time: none is locked for long. */
export async function removeFromPostgres(
  run: Run,
  { table, isBefore }: NonNullable<Dataset['postgres']>,
  cutoffMs: number,
): Promise<number> {
  const condition = isBefore('to_timestamp($1::float8 / 1000)');
  const cutoff = [cutoffMs];
  const isThere = await run.whileOurs((client) =>
    client.query(`SELECT FROM fineprint.${table} WHERE ${condition} LIMIT 1`, cutoff),
  );
  if (isThere.rowCount === 0) return 0;
  await markRemoved(run, { store: 'postgres', table }, cutoffMs);
  let removed = 0;
  for (;;) {
    run.signal.throwIfAborted();
    const { rowCount } = await run.whileOurs((client) =>
      client.query(
        `DELETE FROM fineprint.${table} WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM fineprint.${table} WHERE ${condition} LIMIT ${BATCH_ROWS}))`,
        cutoff,
      ),
    );
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < BATCH_ROWS) return removed;
  }
}
