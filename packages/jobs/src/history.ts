import type { Database } from './database.ts';
import type { RunState, RunTrigger } from './job.ts';

/** A job as it is listed. */
export interface ListedJob {
  readonly name: string;
  readonly description: string;
  readonly schedule: string;
  readonly missed: string;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly nextSlotAt: Date;
  /** A worker has it in its list. */
  readonly isActive: boolean;
  readonly waiting: number;
  /** The last run that was begun with. */
  readonly last: ListedRun | null;
}

/** A run as the history shows it. */
export interface ListedRun {
  readonly job: string;
  readonly slotAt: Date;
  readonly trigger: RunTrigger;
  readonly requestedBy: string | null;
  readonly state: RunState;
  readonly attempts: number;
  readonly worker: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly errorCode: string | null;
  readonly result: unknown;
}

/** Workers say so every few seconds. */
const ACTIVE_WITHIN_S = 60;

const RUN = `job, slot_at AS "slotAt", trigger, requested_by AS "requestedBy", state, attempts, worker,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt", error_code AS "errorCode", result`;

/** All jobs in the order of their names; there are as many as the job runner's list has. */
export async function listJobs(database: Database): Promise<readonly ListedJob[]> {
  const { rows: jobs } = await database.query(
    `SELECT name, description, schedule, missed, timeout_ms AS "timeoutMs", max_attempts AS "maxAttempts",
       next_slot_at AS "nextSlotAt", seen_at > clock_timestamp() - interval '${ACTIVE_WITHIN_S} seconds' AS "isActive",
       (SELECT count(*)::integer FROM fineprint.job_runs WHERE job = name AND state = 'waiting') AS waiting
     FROM fineprint.jobs ORDER BY name COLLATE "C"`,
  );
  const { rows: runs } = await database.query(
    `SELECT DISTINCT ON (job) ${RUN} FROM fineprint.job_runs
     WHERE started_at IS NOT NULL ORDER BY job, slot_at DESC`,
  );
  const last = new Map((runs as ListedRun[]).map((run) => [run.job, run]));
  return (jobs as Omit<ListedJob, 'last'>[]).map((job) => ({ ...job, last: last.get(job.name) ?? null }));
}

export interface HistoryFilter {
  readonly job?: string | undefined;
  readonly state?: RunState | undefined;
  readonly limit: number;
  readonly offset?: number;
}

/** Runs, the latest slots first. */
export async function listRuns(database: Database, filter: HistoryFilter): Promise<readonly ListedRun[]> {
  const { rows } = await database.query(
    `SELECT ${RUN} FROM fineprint.job_runs
     WHERE ($1::text IS NULL OR job = $1) AND ($2::text IS NULL OR state = $2)
     ORDER BY slot_at DESC, job COLLATE "C" LIMIT $3 OFFSET $4`,
    [filter.job ?? null, filter.state ?? null, filter.limit, filter.offset ?? 0],
  );
  return rows as ListedRun[];
}

/** One run; null where there is none. */
export async function readRun(database: Database, job: string, slotAt: Date): Promise<ListedRun | null> {
  const { rows } = await database.query(
    `SELECT ${RUN} FROM fineprint.job_runs WHERE job = $1 AND slot_at = $2`,
    [job, slotAt],
  );
  return (rows as ListedRun[])[0] ?? null;
}
