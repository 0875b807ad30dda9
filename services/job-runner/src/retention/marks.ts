import type { Run } from '../engine/job.ts';

/** For audits: rows of a table that were received before are not looked for any more. Written before they go; never goes back. */
export async function markRemoved(
  run: Run,
  place: { readonly store: 'clickhouse' | 'postgres' | 'snowflake'; readonly table: string },
  beforeMs: number,
): Promise<void> {
  await run.whileOurs((client) =>
    client.query(
      `INSERT INTO fineprint.removal_marks (store, table_name, removed_before)
       VALUES ($1, $2, to_timestamp($3::float8 / 1000))
       ON CONFLICT (store, table_name) DO UPDATE
       SET removed_before = excluded.removed_before, marked_at = clock_timestamp()
       WHERE removal_marks.removed_before < excluded.removed_before`,
      [place.store, place.table, beforeMs],
    ),
  );
}
