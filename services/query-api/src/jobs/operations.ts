import { listJobs, listRuns, readRun, requestRun, runStates } from '@fineprint/jobs';
import { z } from 'zod';
import { defineOperation, type Operation } from '../operations/operation.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';
import { jobSchema, runSchema, toJob, toRun } from './answers.ts';

const list = defineOperation({
  method: 'GET',
  path: '/api/v1/jobs',
  name: 'jobs',
  action: 'jobs',
  summary: 'What runs by the clock: schedules, and how each job ended last',
  description: 'In the order of names. Jobs that no worker knows any more stay, for their history.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z.object({ jobs: z.array(jobSchema) }).meta({ id: 'Jobs' }),
  example: '',
  async run(_given, { database }) {
    return { status: 200, body: { jobs: (await listJobs(database)).map(toJob) } };
  },
});

const history = defineOperation({
  method: 'GET',
  path: '/api/v1/job-runs',
  name: 'jobs.runs',
  action: 'jobs',
  summary: 'The history of jobs',
  description:
    'One entry for each slot of a schedule and each run that was asked for; the latest slots first.',
  parameters: z.strictObject({
    job: name('Only this job.').optional(),
    state: z.enum(runStates).optional().meta({ description: 'Only runs in this state.' }),
    limit: wholeNumber({ min: 1, max: 1_000, byDefault: 100, description: 'Runs of a page' }),
    offset: wholeNumber({ min: 0, max: 1_000_000, byDefault: 0, description: 'Runs left out before' }),
  }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({
      runs: z.array(runSchema),
      next_offset: z.int().nullable().meta({ description: 'For the next page; null on the last.' }),
    })
    .meta({ id: 'JobRuns' }),
  example: '?job=data-retention&limit=20',
  async run({ query: { limit, offset, ...filter } }, { database }) {
    const found = await listRuns(database, { ...filter, limit: limit + 1, offset });
    const next_offset = found.length > limit ? offset + limit : null;
    return { status: 200, body: { runs: found.slice(0, limit).map(toRun), next_offset } };
  },
});

const start = defineOperation({
  method: 'POST',
  path: '/api/v1/jobs/{name}/runs',
  name: 'jobs.run',
  action: 'job-start',
  summary: 'Ask for a run now, beside the schedule',
  description:
    'A worker begins with it within seconds, after the run of the same job that is under way. One such request waits at a time.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({ name: name('The job.') }),
  bodySchema: null,
  answerSchema: runSchema,
  example: '',
  async run({ path }, { database, key }) {
    const run = await database.transaction(async (client) => {
      const requested = await requestRun(client, path.name, key.id);
      if (requested === 'unknown_job') throw new Problem('unknown_job', 'There is no job of this name.');
      if (requested === 'already_requested')
        throw new Problem('job_requested', 'A run was asked for, and no worker has begun with it.');
      return readRun(client, path.name, requested.slotAt);
    });
    if (run === null) throw new Error('a run that was just made is there');
    return { status: 201, body: toRun(run) };
  },
});

export const jobOperations: readonly Operation[] = [list, history, start];
