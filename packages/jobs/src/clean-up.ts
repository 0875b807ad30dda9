import type { Queryable } from '@fineprint/http-kit';

/** Of each job so many runs stay, however old they are. */
const KEPT_RUNS = 100;
const BATCH = 10_000;

/** Takes ended runs that are older than so many days out of the history. */
export async function removeOldRuns(client: Queryable, days: number): Promise<number> {
  const { rowCount } = await client.query(
    `DELETE FROM fineprint.job_runs WHERE (job, slot_at) IN (
       SELECT job, slot_at FROM (
         SELECT job, slot_at, created_at, finished_at, row_number() OVER (PARTITION BY job ORDER BY slot_at DESC) AS place
         FROM fineprint.job_runs
       ) AS r
       WHERE finished_at IS NOT NULL AND created_at < clock_timestamp() - $1 * interval '1 day' AND place > $2 LIMIT $3)`,
    [days, KEPT_RUNS, BATCH],
  );
  return rowCount ?? 0;
}
