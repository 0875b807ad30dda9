import type { Queryable } from '@fineprint/http-kit';

/** How the jobs stand, by Postgres' clock. */
export interface JobProgress {
  /** Runs that could be begun with, of these jobs. */
  readonly due: number;
  /** For how long the oldest of them could have been; 0 without one. */
  readonly overdueS: number;
}

/** What is due and lies. A job that runs holds up its own next slots, which does not count. */
export async function readProgress(database: Queryable, jobs: readonly string[]): Promise<JobProgress> {
  const { rows } = await database.query(
    `SELECT count(*)::integer AS due,
       coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0)::double precision AS "overdueS"
     FROM (
       SELECT CASE WHEN state = 'running' THEN lease_until ELSE greatest(not_before, created_at) END AS since
       FROM fineprint.job_runs AS r
       WHERE job = ANY($1) AND ((state = 'running' AND lease_until < clock_timestamp()) OR (state = 'waiting'
         AND not_before <= clock_timestamp()
         AND NOT EXISTS (SELECT FROM fineprint.job_runs AS o WHERE o.job = r.job AND o.state = 'running')))
     ) AS open`,
    [jobs],
  );
  return rows[0] as JobProgress;
}
