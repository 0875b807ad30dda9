import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ListedJob,
  type ListedRun,
  listJobs,
  listRuns,
  type RunState,
  readRun,
  requestRun,
  runStates,
} from '@fineprint/jobs';
import type { JobHistoryOptions, JobRunOptions } from '../commands/jobs.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

const POLL_MS = 250;
const WAIT_MS = 900_000;

async function databaseUrl(): Promise<string> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return stack.endpoints.databaseUrl;
}

export async function list(options: { json?: true }): Promise<void> {
  const jobs = await withPostgres(await databaseUrl(), listJobs);
  if (options.json) return printJson(jobs.map(jobJson));
  await printText(
    table(
      ['job', 'runs', 'missed slots', 'next', 'last slot', 'ended'],
      jobs.map((job) => [
        job.name,
        job.schedule,
        job.missed,
        job.isActive ? textOf(job.nextSlotAt) : 'no worker knows it',
        textOf(job.last?.slotAt ?? null),
        job.last === null ? '' : stateText(job.last),
      ]),
    ),
  );
}

/** A run that has ended, or that was only asked for where `wait` is false. */
export async function run(name: string, options: JobRunOptions): Promise<void> {
  const ended = await runJob(await databaseUrl(), name, options.wait);
  if (options.json) await printJson(runJson(ended));
  else if (ended.state === 'succeeded') await printText(`${name} succeeded: ${JSON.stringify(ended.result)}`);
  else await printText(`${name} ${stateText(ended)}.`);
  if (ended.state === 'failed') process.exitCode = 1;
}

/** Asks for a run and waits for its end. */
export function runJob(url: string, name: string, wait: boolean): Promise<ListedRun> {
  return withPostgres(url, async (client) => {
    const requested = await requestRun(client, name, 'cli');
    if (requested === 'unknown_job')
      throw new CliError('JOB_UNKNOWN', `There is no job ${name}.`, 'See: npm run -s fineprint -- jobs list');
    if (requested === 'already_requested')
      throw new CliError(
        'JOB_REQUESTED',
        `A run of ${name} was asked for already, and no worker has begun with it.`,
        'If it stays so: npm run -s fineprint -- status (is job-runner ready?)',
      );
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const found = await readRun(client, name, requested.slotAt);
      if (found === null) throw new Error(`the run of ${name} is gone`);
      if (!wait || found.finishedAt !== null) return found;
      if (waitedMs >= WAIT_MS)
        throw new CliError(
          'JOB_UNFINISHED',
          `The run of ${name} is ${found.state} after ${WAIT_MS / 60_000} minutes.`,
          `Look at: npm run -s fineprint -- jobs history --job ${name}`,
        );
      await sleep(POLL_MS);
    }
  });
}

export async function history(options: JobHistoryOptions): Promise<void> {
  const state = runStates.find((s) => s === options.state);
  if (options.state !== undefined && state === undefined)
    throw new CliError('USAGE', `${options.state} is no state.`, `One of: ${runStates.join(', ')}`);
  const filter = { job: options.job, state: state as RunState | undefined, limit: options.limit };
  const runs = await withPostgres(await databaseUrl(), (client) => listRuns(client, filter));
  if (options.json) return printJson(runs.map(runJson));
  await printText(
    table(
      ['job', 'slot', 'asked by', 'ended', 'attempts', 'began', 'took', 'result'],
      runs.map((r) => [
        r.job,
        textOf(r.slotAt),
        r.requestedBy ?? 'schedule',
        stateText(r),
        String(r.attempts),
        textOf(r.startedAt),
        tookText(r),
        r.result === null ? '' : JSON.stringify(r.result),
      ]),
    ),
  );
}

const isoOf = (at: Date | null): string | null => at?.toISOString() ?? null;
const textOf = (at: Date | null): string => at?.toISOString().slice(0, 19).replace('T', ' ') ?? '';
const stateText = ({ state, errorCode }: ListedRun): string =>
  errorCode === null ? state : `${state} (${errorCode})`;
const tookText = ({ startedAt, finishedAt }: ListedRun): string =>
  startedAt === null || finishedAt === null
    ? ''
    : `${((finishedAt.getTime() - startedAt.getTime()) / 1_000).toFixed(1)} s`;

const jobJson = (job: ListedJob) => ({
  name: job.name,
  description: job.description,
  schedule: job.schedule,
  missed: job.missed,
  timeout_ms: job.timeoutMs,
  max_attempts: job.maxAttempts,
  next_slot_at: isoOf(job.nextSlotAt),
  active: job.isActive,
  waiting: job.waiting,
  last: job.last === null ? null : runJson(job.last),
});

const runJson = (r: ListedRun) => ({
  job: r.job,
  slot_at: isoOf(r.slotAt),
  trigger: r.trigger,
  requested_by: r.requestedBy,
  state: r.state,
  attempts: r.attempts,
  worker: r.worker,
  created_at: isoOf(r.createdAt),
  started_at: isoOf(r.startedAt),
  finished_at: isoOf(r.finishedAt),
  error_code: r.errorCode,
  result: r.result,
});
