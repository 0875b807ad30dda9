import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Claimed, claimRun, endRun, releaseClaim, renewClaim, whileOurs } from './claims.ts';
import { listJobs, listRuns, readRun } from './history.ts';
import type { Claim, JobTiming } from './job.ts';
import { registerJobs } from './plan-jobs.ts';
import { readProgress } from './progress.ts';
import { requestRun } from './request-run.ts';
import { every } from './schedule.ts';

const PREFIX = `claims-${randomUUID().slice(0, 8)}`;
let pool: Pool;
let job: JobTiming;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 8 });
});
beforeEach(async () => {
  job = {
    name: `${PREFIX}-${randomUUID().slice(0, 8)}`,
    description: 'of a test',
    schedule: every(60),
    missed: { type: 'each', atMost: 10 },
    timeoutMs: 1_000,
    maxAttempts: 2,
  };
  await registerJobs(pool, [job]);
});
afterAll(async () => {
  await pool.query('DELETE FROM fineprint.job_runs WHERE job LIKE $1', [`${PREFIX}%`]);
  await pool.query('DELETE FROM fineprint.jobs WHERE name LIKE $1', [`${PREFIX}%`]);
  await pool.query('DELETE FROM fineprint.job_outbox WHERE key LIKE $1', [`job_failed:${PREFIX}%`]);
  await pool.end();
});

const missSlots = (slots: number) =>
  pool.query(
    `UPDATE fineprint.jobs SET planned_until = date_trunc('hour', clock_timestamp(), 'UTC') - $2 * interval '1 hour' WHERE name = $1`,
    [job.name, slots],
  );
const claim = (leaseMs = 60_000): Promise<Claimed> => claimRun(pool, [job], { name: 'test', leaseMs });
async function mustClaim(leaseMs?: number): Promise<Claim> {
  const { claim: got } = await claim(leaseMs);
  if (got === null) throw new Error('nothing was claimed');
  return got;
}
const alerts = async () => {
  const { rows } = await pool.query(
    `SELECT record ->> 'state' AS state FROM fineprint.job_outbox WHERE key = $1 ORDER BY id`,
    [`job_failed:${job.name}`],
  );
  return rows.map((r: { state: string }) => r.state);
};
const expire = () =>
  pool.query(
    `UPDATE fineprint.job_runs SET lease_until = clock_timestamp() - interval '1 second' WHERE job = $1 AND state = 'running'`,
    [job.name],
  );

it('a new job begins with the next slot; of many who claim, one gets a slot', async () => {
  expect((await claim()).claim).toBeNull();
  await missSlots(1);
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim()));
  expect(claims.filter((c) => c.claim !== null)).toHaveLength(1);
  expect(claims.flatMap((c) => c.planned)).toHaveLength(1);
});

it('runs of a job follow one another, the oldest first', async () => {
  await missSlots(2);
  const first = await mustClaim();
  expect((await claim()).claim).toBeNull();
  expect(await endRun(pool, first, { state: 'succeeded', result: { rows: 3 } })).toBe(true);
  const second = await mustClaim();
  expect(second.slotMs - first.slotMs).toBe(3_600_000);
  expect(second.claimedAtMs).toBeGreaterThanOrEqual(first.claimedAtMs);
  const [last] = (await listJobs(pool)).filter((j) => j.name === job.name);
  expect(last).toMatchObject({ isActive: true, schedule: 'every hour', last: { state: 'running' } });
  expect((await listRuns(pool, { job: job.name, limit: 9 })).map((r) => [r.state, r.result])).toEqual([
    ['running', null],
    ['succeeded', { rows: 3 }],
  ]);
});

it('who lost a run can neither renew, do, nor end anything', async () => {
  await missSlots(1);
  const old = await mustClaim();
  await expire();
  const progress = await readProgress(pool, [job.name]);
  expect(progress.due).toBe(1);
  expect(progress.overdueS).toBeGreaterThan(0.9);
  const taken = await mustClaim();
  expect(taken).toMatchObject({ slotMs: old.slotMs, attempt: 2, isTakenOver: true });
  expect(await renewClaim(pool, old, 1_000)).toBe(false);
  expect(await whileOurs(pool, old, async () => 'done')).toBeNull();
  expect(await endRun(pool, old, { state: 'failed', errorCode: 'internal' })).toBe(false);
  await releaseClaim(pool, old);
  expect(await whileOurs(pool, taken, async () => 'done')).toEqual({ done: 'done' });
  expect(await endRun(pool, taken, { state: 'succeeded', result: {} })).toBe(true);
  expect(await endRun(pool, taken, { state: 'succeeded', result: {} })).toBe(false);
});

it('a run that takes its worker along each time fails in the end; an alert says so once, and once that it is over', async () => {
  await missSlots(3);
  for (let attempt = 1; attempt <= 2; attempt++) {
    expect((await mustClaim()).attempt).toBe(attempt);
    await expire();
  }
  const next = await claim();
  expect([next.lost, next.claim?.attempt]).toEqual([[job.name], 1]);
  expect((await listRuns(pool, { job: job.name, state: 'failed', limit: 9 }))[0]?.errorCode).toBe(
    'worker_lost',
  );
  if (next.claim !== null) await endRun(pool, next.claim, { state: 'failed', errorCode: 'timeout' });
  expect(await alerts()).toEqual(['raised']);
  await endRun(pool, await mustClaim(), { state: 'succeeded', result: {} });
  expect(await alerts()).toEqual(['raised', 'resolved']);
});

it('waits before another attempt, and what was given back counts as no attempt', async () => {
  await missSlots(1);
  await releaseClaim(pool, await mustClaim());
  const again = await mustClaim();
  expect([again.attempt, again.token]).toEqual([1, 2]);
  await endRun(pool, again, { state: 'waiting', errorCode: 'internal', retryInMs: 60_000 });
  expect((await claim()).claim).toBeNull();
  expect((await readProgress(pool, [job.name])).due).toBe(0);
  await pool.query('UPDATE fineprint.job_runs SET not_before = clock_timestamp() WHERE job = $1', [job.name]);
  expect((await mustClaim()).attempt).toBe(2);
});

it('keeps one run that was asked for until somebody begins with it', async () => {
  expect(await requestRun(pool, `${job.name}-none`, 'me')).toBe('unknown_job');
  const requested = await requestRun(pool, job.name, 'me');
  expect(await requestRun(pool, job.name, 'me')).toBe('already_requested');
  if (typeof requested === 'string') throw new Error(requested);
  expect(await mustClaim()).toMatchObject({ trigger: 'manual', slotMs: requested.slotAt.getTime() });
  expect(await readRun(pool, job.name, requested.slotAt)).toMatchObject({
    state: 'running',
    requestedBy: 'me',
  });
  expect(await requestRun(pool, job.name, 'me')).toHaveProperty('slotAt');
});

it('who froze with the lock in hand loses it, so that the others go on', async () => {
  const frozen = new Promise<never>(() => undefined);
  let hasLock = () => {};
  const locked = new Promise<void>((resolve) => (hasLock = resolve));
  const client = await pool.connect();
  client.on('error', () => undefined); // Postgres ends the connection
  const stopping = {
    query: async (sql: string, values?: unknown[]) => {
      const answer = await client.query(sql, values);
      if (!sql.includes('pg_advisory_xact_lock')) return answer;
      hasLock();
      return frozen;
    },
    on: () => undefined,
    off: () => undefined,
  };
  const ofFrozen = { connect: () => Promise.resolve(stopping) } as unknown as Pool;
  void claimRun(ofFrozen, [job], { name: 'frozen', leaseMs: 60_000 });
  await locked;
  await missSlots(1);
  expect((await claim()).claim).toMatchObject({ job: job.name });
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
}, 60_000);
