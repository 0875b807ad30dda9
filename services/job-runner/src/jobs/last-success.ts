import type { Run } from '../engine/job.ts';

/** The last slot before this one that a job's run succeeded for; null where there is none. */
export async function lastSuccessMs(run: Run): Promise<number | null> {
  return run.whileOurs(async (client) => {
    const { rows } = await client.query(
      `SELECT (extract(epoch FROM max(slot_at)) * 1000)::double precision AS ms FROM fineprint.job_runs
       WHERE job = $1 AND state = 'succeeded' AND slot_at < to_timestamp($2::double precision / 1000)`,
      [run.job, run.slotMs],
    );
    return rows[0].ms;
  });
}
