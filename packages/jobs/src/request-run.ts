import type { Database } from './database.ts';

/** Why a run that a person asked for is not made. */
export type RequestRefusal = 'unknown_job' | 'already_requested';

/**
 * Asks for a run of a job now, beside its schedule. One is kept per job until somebody begins with it, so that
 * asking often costs nothing.
 */
export async function requestRun(
  database: Database,
  job: string,
  requestedBy: string,
): Promise<{ readonly slotAt: Date } | RequestRefusal> {
  const { rowCount: known } = await database.query(
    'SELECT 1 FROM fineprint.jobs WHERE name = $1 FOR UPDATE',
    [job],
  );
  if (known !== 1) return 'unknown_job';
  const { rows } = await database.query(
    `INSERT INTO fineprint.job_runs (job, slot_at, trigger, requested_by, state)
     SELECT $1, date_trunc('milliseconds', clock_timestamp()), 'manual', $2, 'waiting'
     WHERE NOT EXISTS (SELECT FROM fineprint.job_runs WHERE job = $1 AND state = 'waiting' AND trigger = 'manual' AND attempts = 0)
     ON CONFLICT DO NOTHING
     RETURNING slot_at AS "slotAt"`,
    [job, requestedBy],
  );
  const [row] = rows as { readonly slotAt: Date }[];
  return row ?? 'already_requested';
}
