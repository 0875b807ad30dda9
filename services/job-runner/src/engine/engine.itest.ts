import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const WORKER = path.join(import.meta.dirname, '..', 'testing', 'worker.ts');
const PREFIX = `itest-${randomUUID().slice(0, 8)}`;
const NEVER_MS = 600_000;
const WITHIN = { timeout: 40_000, interval: 50 };

let pool: Pool;
let redis: Redis;
const workers: { readonly name: string; readonly process: ChildProcess }[] = [];

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 4 });
  redis = new Redis(env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
  await pool.query(`CREATE SCHEMA IF NOT EXISTS job_test`);
  for (const table of ['attempts', 'effects'])
    await pool.query(
      `CREATE TABLE IF NOT EXISTS job_test.${table} (job text, slot_at timestamptz, worker text, at timestamptz DEFAULT now())`,
    );
});
afterAll(async () => {
  await Promise.all(workers.splice(0).map((w) => end(w.process, 'SIGKILL')));
  await dropSchedules();
  await pool.query('DROP SCHEMA job_test CASCADE');
  await pool.query('DELETE FROM fineprint.job_runs WHERE job LIKE $1', [`${PREFIX}%`]);
  await pool.query('DELETE FROM fineprint.jobs WHERE name LIKE $1', [`${PREFIX}%`]);
  redis.disconnect();
  await pool.end();
});

/** As after a flush, for BullMQ; other tests' keys stay. */
async function dropSchedules(): Promise<void> {
  const keys = await redis.keys('fp:bull:*');
  if (keys.length > 0) await redis.del(...keys);
}

async function startWorker(name: string, pollMs: number): Promise<void> {
  const { endpoints, env } = useTestStack();
  const args = [WORKER, endpoints.databaseUrl, env['REDIS_URL'] ?? '', PREFIX, name, String(pollMs)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  workers.push({ name, process: child });
  await once(child.stdout ?? child, 'data');
}

function workerNamed(name: string | undefined): ChildProcess {
  const found = workers.find((w) => w.name === name);
  if (found === undefined) throw new Error(`there is no worker ${name}`);
  return found.process;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function stopAll(): Promise<void> {
  await Promise.all(workers.splice(0).map((w) => end(w.process, 'SIGTERM')));
}

/** So many slots have come since somebody looked last. */
const missSlots = (job: string, slots: number) =>
  pool.query(
    `UPDATE fineprint.jobs SET planned_until = date_trunc('hour', clock_timestamp(), 'UTC') - $2 * interval '1 hour' WHERE name = $1`,
    [`${PREFIX}-${job}`, slots],
  );

async function rows(table: 'attempts' | 'effects', job: string): Promise<{ worker: string }[]> {
  const { rows: found } = await pool.query(
    `SELECT worker FROM job_test.${table} WHERE job = $1 ORDER BY at`,
    [`${PREFIX}-${job}`],
  );
  return found;
}

async function history(job: string): Promise<{ hoursAgo: number; state: string; attempts: number }[]> {
  const { rows: found } = await pool.query(
    `SELECT (extract(epoch FROM date_trunc('hour', clock_timestamp(), 'UTC') - slot_at) / 3600)::integer AS "hoursAgo", state, attempts
     FROM fineprint.job_runs WHERE job = $1 ORDER BY slot_at`,
    [`${PREFIX}-${job}`],
  );
  return found;
}

it('of three workers one runs a slot; killed in mid-run, another ends it, and it counts once', async () => {
  await Promise.all(['a', 'b', 'c'].map((name) => startWorker(name, 100)));
  await missSlots('slow', 1);
  await vi.waitFor(async () => expect(await rows('attempts', 'slow')).toHaveLength(1), WITHIN);
  const [first] = await rows('attempts', 'slow');
  await end(workerNamed(first?.worker), 'SIGKILL');
  await vi.waitFor(async () => expect(await rows('effects', 'slow')).toHaveLength(1), WITHIN);
  const [effect] = await rows('effects', 'slow');
  expect(effect?.worker).not.toBe(first?.worker);
  await vi.waitFor(
    async () => expect(await history('slow')).toEqual([{ hoursAgo: 0, state: 'succeeded', attempts: 2 }]),
    WITHIN,
  );
  expect(await rows('attempts', 'slow')).toHaveLength(2);
});

it('a worker that froze and comes back has lost its run, and changes nothing', async () => {
  await missSlots('slow', 1);
  await pool.query('DELETE FROM fineprint.job_runs WHERE job = $1', [`${PREFIX}-slow`]);
  const before = (await rows('attempts', 'slow')).length;
  await vi.waitFor(async () => expect(await rows('attempts', 'slow')).toHaveLength(before + 1), WITHIN);
  const owner = (await rows('attempts', 'slow')).at(-1)?.worker;
  const zombie = workerNamed(owner);
  zombie.kill('SIGSTOP');
  try {
    await vi.waitFor(async () => expect(await rows('effects', 'slow')).toHaveLength(2), WITHIN);
  } finally {
    zombie.kill('SIGCONT');
  }
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than its work
  const effects = await rows('effects', 'slow');
  expect(effects).toHaveLength(2);
  expect(effects.at(-1)?.worker).not.toBe(owner);
  expect(await history('slow')).toEqual([{ hoursAgo: 0, state: 'succeeded', attempts: 2 }]);
});

it('after downtime each job’s policy decides on the slots that were missed', async () => {
  await stopAll();
  for (const job of ['each', 'latest', 'skip']) await missSlots(job, 5);
  await Promise.all(['d', 'e', 'f'].map((name) => startWorker(name, 100)));
  const ran = (hoursAgo: number) => ({ hoursAgo, state: 'succeeded', attempts: 1 });
  const skipped = (hoursAgo: number) => ({ hoursAgo, state: 'skipped', attempts: 0 });
  await vi.waitFor(async () => {
    expect(await history('each')).toEqual([skipped(4), skipped(3), ran(2), ran(1), ran(0)]);
    expect(await history('latest')).toEqual([4, 3, 2, 1].map(skipped).concat(ran(0)));
    expect(await history('skip')).toEqual([4, 3, 2, 1, 0].map(skipped));
  }, WITHIN);
  expect(
    [await rows('effects', 'each'), await rows('effects', 'latest'), await rows('effects', 'skip')].map(
      (r) => r.length,
    ),
  ).toEqual([3, 1, 0]);
});

it('Redis wakes a worker that would not look by itself; without what it held, slots still run once', async () => {
  await stopAll();
  await startWorker('g', NEVER_MS);
  const queue = new Queue('jobs', { connection: redis, prefix: 'fp:bull' });
  await vi.waitFor(async () => {
    const schedules = await queue.getJobSchedulers();
    expect(schedules.filter((s) => s.key.startsWith(PREFIX)).map((s) => s.pattern)).toEqual(
      Array(4).fill('0 * * * *'),
    );
  }, WITHIN);
  const count = (await rows('effects', 'latest')).length;
  await missSlots('latest', 1);
  await pool.query('DELETE FROM fineprint.job_runs WHERE job = $1', [`${PREFIX}-latest`]);
  await queue.add('wake-up', {}, { removeOnComplete: true });
  await vi.waitFor(async () => expect(await rows('effects', 'latest')).toHaveLength(count + 1), WITHIN);
  await dropSchedules();
  await stopAll();
  await Promise.all(['h', 'i'].map((name) => startWorker(name, 100)));
  await missSlots('latest', 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await rows('effects', 'latest')).toHaveLength(count + 1); // the slot has had its run
  await queue.close();
});
