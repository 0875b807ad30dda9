import { type ListedJob, type ListedRun, runStates } from '@fineprint/jobs';
import { z } from 'zod';

const at = (description: string) => z.iso.datetime().nullable().meta({ description });

export const runSchema = z
  .object({
    job: z.string(),
    slot_at: z.iso.datetime().meta({ description: 'The time it is about; with `job` it names the run.' }),
    trigger: z.enum(['schedule', 'manual']),
    requested_by: z
      .string()
      .nullable()
      .meta({ description: 'Of a manual run: the id of the API key, or `cli`.' }),
    state: z.enum(runStates).meta({
      description: 'skipped: the slot was missed, and by the job’s policy it is not run any more.',
    }),
    attempts: z.int(),
    worker: z.string().nullable().meta({ description: 'Who had it last.' }),
    created_at: z.iso.datetime(),
    started_at: at('The first attempt.'),
    finished_at: at('Null while it waits or runs.'),
    error_code: z.string().nullable().meta({
      description:
        'Of the last attempt, if it failed: `timeout`, `worker_lost`, `internal`, or the job’s own.',
    }),
    result: z.unknown().meta({ description: 'What the job did, in figures.' }),
  })
  .meta({ id: 'JobRun' });

export const jobSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    schedule: z.string(),
    missed: z.string().meta({ description: 'What becomes of slots that nobody began in time.' }),
    timeout_ms: z.int(),
    max_attempts: z.int(),
    next_slot_at: z.iso.datetime(),
    active: z.boolean().meta({ description: 'A worker has it in its list.' }),
    waiting: z.int(),
    last: runSchema.nullable().meta({ description: 'The latest run that was begun with.' }),
  })
  .meta({ id: 'Job' });

const isoOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toRun = (run: ListedRun): z.infer<typeof runSchema> => ({
  job: run.job,
  slot_at: run.slotAt.toISOString(),
  trigger: run.trigger,
  requested_by: run.requestedBy,
  state: run.state,
  attempts: run.attempts,
  worker: run.worker,
  created_at: run.createdAt.toISOString(),
  started_at: isoOf(run.startedAt),
  finished_at: isoOf(run.finishedAt),
  error_code: run.errorCode,
  result: run.result,
});

export const toJob = (job: ListedJob): z.infer<typeof jobSchema> => ({
  name: job.name,
  description: job.description,
  schedule: job.schedule,
  missed: job.missed,
  timeout_ms: job.timeoutMs,
  max_attempts: job.maxAttempts,
  next_slot_at: job.nextSlotAt.toISOString(),
  active: job.isActive,
  waiting: job.waiting,
  last: job.last === null ? null : toRun(job.last),
});
