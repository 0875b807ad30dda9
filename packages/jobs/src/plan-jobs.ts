import type { Queryable } from '@fineprint/http-kit';
import type { JobTiming } from './job.ts';
import { describeMissed, type Plan, planSlots } from './plan-slots.ts';
import { describeSchedule, slotAfter, slotAtOrBefore } from './schedule.ts';
import { msOf, timeOf } from './sql-time.ts';

/** What planning did for one job. */
export interface PlannedJob {
  readonly job: string;
  readonly skipped: number;
  readonly isCut: boolean;
}

/** Writes down which jobs there are, and that a worker knows them. A job's first slot is the next one to come. */
export async function registerJobs(client: Queryable, jobs: readonly JobTiming[]): Promise<void> {
  const { rows } = await client.query(`SELECT ${msOf('clock_timestamp()')} AS now`);
  const nowMs: number = rows[0].now;
  for (const job of jobs) {
    await client.query(
      `INSERT INTO fineprint.jobs AS j
         (name, description, schedule, missed, timeout_ms, max_attempts, planned_until, next_slot_at, seen_at)
       VALUES ($1, $2, $3, $4, $5, $6, ${timeOf('$7')}, ${timeOf('$8')}, clock_timestamp())
       ON CONFLICT (name) DO UPDATE SET description = excluded.description, schedule = excluded.schedule,
         missed = excluded.missed, timeout_ms = excluded.timeout_ms, max_attempts = excluded.max_attempts,
         next_slot_at = excluded.next_slot_at, seen_at = excluded.seen_at`,
      [
        job.name,
        job.description,
        describeSchedule(job.schedule),
        describeMissed(job.missed),
        job.timeoutMs,
        job.maxAttempts,
        slotAtOrBefore(job.schedule, nowMs),
        slotAfter(job.schedule, nowMs),
      ],
    );
  }
}

interface DueJob {
  readonly name: string;
  readonly plannedUntilMs: number;
  readonly nowMs: number;
  readonly waiting: readonly number[];
}

/** Makes rows of the slots that have come. Whoever plans holds the lock of the claims. */
export async function planDueJobs(client: Queryable, jobs: readonly JobTiming[]): Promise<PlannedJob[]> {
  const planned: PlannedJob[] = [];
  const { rows } = await client.query(
    `SELECT j.name, ${msOf('j.planned_until')} AS "plannedUntilMs", ${msOf('clock_timestamp()')} AS "nowMs",
       ARRAY(SELECT ${msOf('r.slot_at')} FROM fineprint.job_runs AS r
         WHERE r.job = j.name AND r.state = 'waiting' AND r.trigger = 'schedule' AND r.attempts = 0) AS waiting
     FROM fineprint.jobs AS j WHERE j.name = ANY($1)`,
    [jobs.map((job) => job.name)],
  );
  const due = new Map((rows as DueJob[]).map((row) => [row.name, row]));
  for (const job of jobs) {
    const state = due.get(job.name);
    if (state === undefined) continue; // registered by the next look
    const plan = planSlots(job.schedule, job.missed, state, state.nowMs);
    if (plan.plannedUntilMs === state.plannedUntilMs && plan.skip.length === 0) continue;
    await savePlan(client, job.name, plan);
    planned.push({ job: job.name, skipped: plan.skip.length, isCut: plan.isCut });
  }
  return planned;
}

async function savePlan(client: Queryable, job: string, plan: Plan): Promise<void> {
  await client.query(
    `UPDATE fineprint.jobs SET planned_until = ${timeOf('$2')}, next_slot_at = ${timeOf('$3')} WHERE name = $1`,
    [job, plan.plannedUntilMs, plan.nextSlotMs],
  );
  // A slot that is there already has been decided on, by whoever had the job with another schedule.
  await client.query(
    `INSERT INTO fineprint.job_runs (job, slot_at, trigger, state)
     SELECT $1, ${timeOf('slot')}, 'schedule', 'waiting' FROM unnest($2::double precision[]) AS slot
     ON CONFLICT DO NOTHING`,
    [job, plan.wait],
  );
  await client.query(
    `INSERT INTO fineprint.job_runs AS r (job, slot_at, trigger, state, finished_at)
     SELECT $1, ${timeOf('slot')}, 'schedule', 'skipped', clock_timestamp()
     FROM unnest($2::double precision[]) AS slot
     ON CONFLICT (job, slot_at) DO UPDATE SET state = 'skipped', finished_at = clock_timestamp()
     WHERE r.state = 'waiting' AND r.trigger = 'schedule' AND r.attempts = 0`,
    [job, plan.skip],
  );
}
