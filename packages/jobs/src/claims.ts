import { inTransaction, type Queryable } from '@fineprint/http-kit';
import type { Pool } from 'pg';
import type { Claim, JobTiming, RunResult } from './job.ts';
import { noteRunEnd } from './job-alert.ts';
import { type PlannedJob, planDueJobs } from './plan-jobs.ts';
import { fromNow, msOf, timeOf } from './sql-time.ts';

/** Any number: whoever plans or claims takes the same lock. */
const LOCK = 7_251_010;
/** All workers wait for the one that has the lock, so one that froze with it loses it soon. */
const IDLE_TIMEOUT_MS = 5_000;

export interface Claimed {
  /** Null where nothing is to be run now. */
  readonly claim: Claim | null;
  readonly planned: readonly PlannedJob[];
  /** Runs whose worker died in their last attempt. */
  readonly lost: readonly string[];
}

/**
 * Plans what has come, and claims the oldest run that is due and that nobody has: one that waits, or one whose lease has run
 * out. A job's runs follow one another. Time is Postgres' own, so no worker's clock can claim the future.
 */
export function claimRun(
  pool: Pool,
  jobs: readonly JobTiming[],
  worker: { readonly name: string; readonly leaseMs: number },
): Promise<Claimed> {
  return inTransaction(pool, async (client) => {
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = ${IDLE_TIMEOUT_MS}`);
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const planned = await planDueJobs(client, jobs);
    const lost = await failLost(client, jobs);
    const { rows } = await client.query(
      `UPDATE fineprint.job_runs AS r
       SET state = 'running', token = r.token + 1, attempts = r.attempts + 1, worker = $2,
         claimed_at = clock_timestamp(), started_at = coalesce(r.started_at, clock_timestamp()),
         lease_until = ${fromNow('$3')}
       FROM (${CANDIDATE}) AS due
       WHERE r.job = due.job AND r.slot_at = due.slot_at
       RETURNING r.job, ${msOf('r.slot_at')} AS "slotMs", r.trigger, r.token::integer, r.attempts AS attempt,
         ${msOf('r.claimed_at')} AS "claimedAtMs", due.state = 'running' AS "isTakenOver"`,
      [jobs.map((job) => job.name), worker.name, worker.leaseMs],
    );
    return { claim: (rows as Claim[])[0] ?? null, planned, lost };
  });
}

const CANDIDATE = `
  SELECT c.job, c.slot_at, c.state FROM fineprint.job_runs AS c
  WHERE c.job = ANY($1)
    AND ((c.state = 'waiting' AND c.not_before <= clock_timestamp()
        AND NOT EXISTS (SELECT FROM fineprint.job_runs AS o WHERE o.job = c.job AND o.state = 'running'))
      OR (c.state = 'running' AND c.lease_until < clock_timestamp()))
  ORDER BY c.slot_at, c.job LIMIT 1`;

/** Ends runs that killed, or outlived, every worker that tried them. */
async function failLost(client: Queryable, jobs: readonly JobTiming[]): Promise<string[]> {
  const errorCode = 'worker_lost';
  const { rows } = await client.query(
    `UPDATE fineprint.job_runs AS r SET state = 'failed', lease_until = NULL, finished_at = clock_timestamp(),
       token = r.token + 1, error_code = $3
     FROM unnest($1::text[], $2::integer[]) AS j (name, max_attempts)
     WHERE r.job = j.name AND r.state = 'running' AND r.lease_until < clock_timestamp() AND r.attempts >= j.max_attempts
     RETURNING r.job, ${msOf('r.slot_at')} AS "slotMs"`,
    [jobs.map((job) => job.name), jobs.map((job) => job.maxAttempts), errorCode],
  );
  const lost = rows as { readonly job: string; readonly slotMs: number }[];
  for (const run of lost) await noteRunEnd(client, { ...run, errorCode });
  return lost.map(({ job }) => job);
}

const OURS = `job = $1 AND slot_at = ${timeOf('$2')} AND token = $3 AND state = 'running'`;
const oursOf = ({ job, slotMs, token }: Claim) => [job, slotMs, token];

/** Puts the lease's end off; false where somebody else has the run by now. */
export async function renewClaim(pool: Pool, claim: Claim, leaseMs: number): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE fineprint.job_runs SET lease_until = ${fromNow('$4')} WHERE ${OURS}`,
    [...oursOf(claim), leaseMs],
  );
  return rowCount === 1;
}

/**
 * Does something in Postgres if the run is still ours, and answers null if it is not. Nobody can take the run over before
 * this is committed, so what is done here happens once, however often the run is repeated.
 */
export function whileOurs<T>(
  pool: Pool,
  claim: Claim,
  work: (client: Queryable) => Promise<T>,
): Promise<{ readonly done: T } | null> {
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `SELECT 1 FROM fineprint.job_runs WHERE ${OURS} FOR UPDATE`,
      oursOf(claim),
    );
    return rowCount === 1 ? { done: await work(client) } : null;
  });
}

/** Gives the run back as if nobody had begun with it, so that nobody waits for the lease. */
export async function releaseClaim(pool: Pool, claim: Claim): Promise<void> {
  await pool.query(
    `UPDATE fineprint.job_runs SET state = 'waiting', attempts = attempts - 1, lease_until = NULL WHERE ${OURS}`,
    oursOf(claim),
  );
}

export type Ending =
  | { readonly state: 'succeeded'; readonly result: RunResult }
  | { readonly state: 'failed'; readonly errorCode: string }
  | { readonly state: 'waiting'; readonly errorCode: string; readonly retryInMs: number };

/** Ends the run, or puts it off; false where somebody else has it by now, and this attempt never counted. */
export async function endRun(pool: Pool, claim: Claim, ending: Ending): Promise<boolean> {
  const { job, slotMs } = claim;
  const isSuccess = ending.state === 'succeeded';
  const ended = await whileOurs(pool, claim, async (client) => {
    await client.query(
      `UPDATE fineprint.job_runs SET state = $4, lease_until = NULL, error_code = $5, result = $6,
         not_before = ${fromNow('$7')}, finished_at = CASE WHEN $4 = 'waiting' THEN NULL ELSE clock_timestamp() END
       WHERE ${OURS}`,
      [
        ...oursOf(claim),
        ending.state,
        isSuccess ? null : ending.errorCode,
        isSuccess ? JSON.stringify(ending.result) : null,
        ending.state === 'waiting' ? ending.retryInMs : 0,
      ],
    );
    if (ending.state !== 'waiting')
      await noteRunEnd(client, { job, slotMs, errorCode: isSuccess ? null : ending.errorCode });
  });
  return ended !== null;
}
