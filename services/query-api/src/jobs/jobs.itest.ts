import { randomUUID } from 'node:crypto';
import { claimRun, endRun, every, registerJobs } from '@fineprint/jobs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const NAME = `itest-${randomUUID().slice(0, 8)}`;
const job = {
  name: NAME,
  description: 'of a test',
  schedule: every(60),
  missed: { type: 'latest' },
  timeoutMs: 1_000,
  maxAttempts: 1,
} as const;

let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
  await registerJobs(api.pool, [job]);
});
afterAll(async () => {
  await api?.pool.query('DELETE FROM fineprint.job_runs WHERE job = $1', [NAME]);
  await api?.pool.query('DELETE FROM fineprint.jobs WHERE name = $1', [NAME]);
  await api?.close();
});

it('lists jobs, starts a run, and shows what became of it', async () => {
  const runs = `/api/v1/jobs/${NAME}/runs`;
  const started = await api.ask('POST', runs, { role: 'operator' });
  expect(started).toMatchObject({ status: 201, body: { job: NAME, trigger: 'manual', state: 'waiting' } });
  expect(await api.ask('POST', runs, { role: 'admin' })).toMatchObject({
    status: 409,
    body: { code: 'job_requested' },
  });
  expect(await api.ask('POST', '/api/v1/jobs/no-such-job/runs', { role: 'admin' })).toMatchObject({
    status: 404,
    body: { code: 'unknown_job' },
  });
  const { claim } = await claimRun(api.pool, [job], { name: 'test', leaseMs: 60_000 });
  if (claim === null) throw new Error('nothing was claimed');
  await endRun(api.pool, claim, { state: 'succeeded', result: { rows: 7 } });
  await api.ask('POST', runs, { role: 'operator' });
  const page = await api.ask('GET', `/api/v1/job-runs?job=${NAME}&limit=1`);
  expect(page.body).toMatchObject({ runs: [{ state: 'waiting' }], next_offset: 1 });
  const ended = await api.ask('GET', `/api/v1/job-runs?job=${NAME}&state=succeeded`);
  expect(ended.body).toMatchObject({
    runs: [{ slot_at: started.body['slot_at'], attempts: 1, result: { rows: 7 }, error_code: null }],
    next_offset: null,
  });
  const { body } = await api.ask('GET', '/api/v1/jobs');
  const listed = (body['jobs'] as { name: string }[]).filter((j) => j.name === NAME);
  expect(listed).toMatchObject([
    {
      schedule: 'every hour',
      missed: 'only the latest',
      active: true,
      waiting: 1,
      last: { state: 'succeeded' },
    },
  ]);
});
