import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimRun, every, JobError, listRuns, registerJobs, requestRun } from '@fineprint/jobs';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Job, Run } from './job.ts';
import { runClaim } from './run-claim.ts';

const PREFIX = `run-${randomUUID().slice(0, 8)}`;
let pool: Pool;
beforeAll(async () => {
  const { endpoints } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 4 });
});
afterAll(async () => {
  await pool.query('DELETE FROM fineprint.job_runs WHERE job LIKE $1', [`${PREFIX}%`]);
  await pool.query('DELETE FROM fineprint.jobs WHERE name LIKE $1', [`${PREFIX}%`]);
  await pool.query('DELETE FROM fineprint.job_outbox WHERE key LIKE $1', [`job_failed:${PREFIX}%`]);
  await pool.end();
});

/** Runs a slot of a job that does this, and answers how it ended and what the history says. */
async function outcomeOf(
  run: (run: Run) => Promise<object>,
  options: { readonly timeoutMs?: number; readonly maxAttempts?: number; readonly stopAfterMs?: number } = {},
) {
  const job: Job<null> = {
    name: `${PREFIX}-${randomUUID().slice(0, 8)}`,
    description: 'of a test',
    schedule: every(60),
    missed: { type: 'latest' },
    timeoutMs: options.timeoutMs ?? 10_000,
    maxAttempts: options.maxAttempts ?? 3,
    run: (_ports, attempt) => run(attempt) as Promise<Record<string, unknown>>,
  };
  await registerJobs(pool, [job]);
  await requestRun(pool, job.name, 'test');
  const { claim } = await claimRun(pool, [job], { name: 'test', leaseMs: 300 });
  if (claim === null) throw new Error('nothing was claimed');
  const stopping = new AbortController();
  if (options.stopAfterMs !== undefined) setTimeout(() => stopping.abort(), options.stopAfterMs);
  const outcome = await runClaim(job, claim, {
    pool,
    ports: null,
    leaseMs: 300,
    retryMs: 60_000,
    stopping: stopping.signal,
    onError: () => undefined,
  });
  const [row] = await listRuns(pool, { job: job.name, limit: 1 });
  return [outcome, row?.state, row?.errorCode, row?.attempts];
}

const untilAborted = async ({ signal }: Run): Promise<never> => {
  await sleep(60_000, undefined, { signal });
  throw new Error('it was not told to end');
};

it('keeps the lease while it works', async () => {
  expect(await outcomeOf(async () => sleep(900, { rows: 1 }))).toEqual(['succeeded', 'succeeded', null, 1]);
});

it.each([
  [
    'a code of its own',
    async () => Promise.reject(new JobError('no_rules', 'x')),
    {},
    ['retried', 'waiting', 'no_rules', 1],
  ],
  [
    'anything else',
    async () => Promise.reject(new Error('jane@example.com')),
    {},
    ['retried', 'waiting', 'internal', 1],
  ],
  [
    'the last attempt',
    async () => Promise.reject(new Error('x')),
    { maxAttempts: 1 },
    ['failed', 'failed', 'internal', 1],
  ],
  [
    'too much for the history',
    async () => ({ text: 'x'.repeat(20_000) }),
    {},
    ['retried', 'waiting', 'internal', 1],
  ],
  ['too long', untilAborted, { timeoutMs: 50 }, ['retried', 'waiting', 'timeout', 1]],
  ['a stop', untilAborted, { stopAfterMs: 50 }, ['released', 'waiting', null, 0]],
] as const)('a handler that fails: %s', async (_name, run, options, expected) => {
  expect(await outcomeOf(run as (run: Run) => Promise<object>, options)).toEqual(expected);
});

it('ends when the run is somebody else’s', async () => {
  const taken = async (run: Run) => {
    await pool.query('UPDATE fineprint.job_runs SET token = token + 1 WHERE job = $1', [run.job]);
    return untilAborted(run);
  };
  expect(await outcomeOf(taken)).toEqual(['lost', 'running', null, 1]);
});
