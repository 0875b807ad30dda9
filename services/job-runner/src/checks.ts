import type { Check } from '@fineprint/http-kit';
import { type JobTiming, readProgress } from '@fineprint/jobs';
import type { JobRunnerConfig } from './config.ts';
import type { Parts } from './parts.ts';

/** What is due and lies for so many polls and leases is not being done. */
const OVERDUE_FACTOR = 3;

/** What /ready looks at. Without Redis or ClickHouse slots are still planned, and runs that fail for it are tried again. */
export function jobRunnerChecks(
  { pool, warehouse, redis }: Parts,
  config: JobRunnerConfig,
  jobs: readonly JobTiming[],
  onOverdue: (seconds: number) => void,
): Check[] {
  const names = jobs.map((job) => job.name);
  return [
    {
      code: 'postgres',
      isRequired: true,
      async look() {
        const { due, overdueS } = await readProgress(pool, names);
        onOverdue(overdueS);
        const allowedMs = OVERDUE_FACTOR * (config.JOBS_POLL_MS + config.JOBS_LEASE_MS);
        if (overdueS * 1_000 <= allowedMs) return null;
        const message = `${due} runs are due, the oldest for ${Math.round(overdueS)} s, and no worker begins with them; see the log`;
        return { code: 'no_progress', message };
      },
    },
    { code: 'clickhouse', isRequired: false, look: () => warehouse.ping() },
    {
      code: 'redis',
      isRequired: false,
      look: async () => (redis.status === 'ready' ? null : 'does not answer; runs begin up to a poll late'),
    },
  ];
}
