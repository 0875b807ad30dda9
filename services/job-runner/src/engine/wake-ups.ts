import { setTimeout as sleep } from 'node:timers/promises';
import { cronOf, type JobTiming } from '@fineprint/jobs';
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';

export interface WakeUpOptions {
  /** Made with `maxRetriesPerRequest: null`, as BullMQ wants it. */
  readonly redis: Redis;
  readonly jobs: readonly JobTiming[];
  readonly onWake: () => void;
  readonly onError: (error: unknown) => void;
}

const QUEUE = 'jobs';
const PREFIX = 'fp:bull';
/** Redis may have lost everything: schedules are put there again so often. */
const RENEW_MS = 60_000;
const CLOSE_TIMEOUT_MS = 3_000;

/**
 * Wakes one of the workers when a job is due, by BullMQ. It decides nothing: a wake-up that is lost, late or doubled
 * changes only when somebody looks at Postgres, which they do by themselves too.
 */
export function startWakeUps({ redis, jobs, onWake, onError }: WakeUpOptions): { close(): Promise<void> } {
  const options = { connection: redis, prefix: PREFIX };
  const queue = new Queue(QUEUE, options);
  const worker = new Worker(QUEUE, async () => onWake(), {
    ...options,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  let isClosing = false;
  const tell = (error: unknown) => {
    if (!isClosing) onError(error); // then its connections end under it, which it reports
  };
  queue.on('error', tell);
  worker.on('error', tell);
  let isRenewing = false;
  const renew = async (): Promise<void> => {
    if (isRenewing) return; // Redis is away, and the one under way waits for it
    isRenewing = true;
    await putSchedules(queue, jobs).catch(tell);
    isRenewing = false;
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  timer.unref();
  void renew();
  return {
    async close() {
      isClosing = true;
      clearInterval(timer);
      const closing = Promise.all([worker.close(true), queue.close()]).catch(tell);
      await Promise.race([closing, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
      redis.disconnect();
    },
  };
}

async function putSchedules(queue: Queue, jobs: readonly JobTiming[]): Promise<void> {
  const names = new Set(jobs.map((job) => job.name));
  for (const { key } of await queue.getJobSchedulers()) {
    if (!names.has(key)) await queue.removeJobScheduler(key);
  }
  for (const { name, schedule } of jobs) {
    const opts = { removeOnComplete: true, removeOnFail: true };
    await queue.upsertJobScheduler(name, { pattern: cronOf(schedule), tz: 'UTC' }, { name, opts });
  }
}
