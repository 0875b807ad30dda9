/** A worker as a process of its own, which a test may kill: the real engine, with jobs that write down what they do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { every, type MissedPolicy, registerJobs } from '@fineprint/jobs';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import type { Job } from '../engine/job.ts';
import { startRunner } from '../engine/runner.ts';
import { startWakeUps } from '../engine/wake-ups.ts';

const [databaseUrl = '', redisUrl = '', prefix = '', worker = '', pollMs = ''] = process.argv.slice(2);

const pool = new Pool({ connectionString: databaseUrl, max: 6 });
pool.on('error', () => undefined);

/** Each attempt is told before the work, outside the fence, and its effect inside it. */
const job = (name: string, missed: MissedPolicy, workMs: number): Job<null> => ({
  name: `${prefix}-${name}`,
  description: 'of a test',
  schedule: every(60),
  missed,
  timeoutMs: 60_000,
  maxAttempts: 5,
  async run(_ports, run) {
    const row = [run.job, new Date(run.slotMs), worker];
    await pool.query('INSERT INTO job_test.attempts (job, slot_at, worker) VALUES ($1, $2, $3)', row);
    await sleep(workMs);
    await run.whileOurs((client) =>
      client.query('INSERT INTO job_test.effects (job, slot_at, worker) VALUES ($1, $2, $3)', row),
    );
    return { worker };
  },
});

const jobs = [
  job('slow', { type: 'latest' }, 1_200),
  job('each', { type: 'each', atMost: 3 }, 0),
  job('latest', { type: 'latest' }, 0),
  job('skip', { type: 'skip', graceMs: 0 }, 0),
];
const fail = (error: unknown) => process.stderr.write(`${String(error)}\n`);
await registerJobs(pool, jobs);
const runner = startRunner({
  pool,
  jobs,
  ports: null,
  worker,
  concurrency: 2,
  pollMs: Number(pollMs),
  leaseMs: 1_500,
  retryMs: 100,
  drainMs: 5_000,
  onClaimed: () => undefined,
  onEnded: () => undefined,
  onRunError: fail,
  onError: fail,
});
const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const wakeUps = startWakeUps({ redis, jobs, onWake: runner.wake, onError: fail });
process.once('SIGTERM', async () => {
  await wakeUps.close();
  await runner.stop();
  await pool.end();
});
process.stdout.write('started\n');
