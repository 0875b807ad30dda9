import { hostname } from 'node:os';
import { readConventionFile } from '@fineprint/business-runs';
import { createServerErrorLog, watchReadiness } from '@fineprint/http-kit';
import { publishOutbox, registerJobs } from '@fineprint/jobs';
import {
  createMetrics,
  type Logger,
  logMetricsEvery,
  type RunningService,
  startAdminServer,
} from '@fineprint/observability';
import { jobRunnerChecks } from './checks.ts';
import { type JobRunnerConfig, SERVICE } from './config.ts';
import { repeatEvery } from './engine/repeat.ts';
import { type Runner, startRunner } from './engine/runner.ts';
import { startWakeUps } from './engine/wake-ups.ts';
import { jobs } from './jobs/index.ts';
import { createJobMetrics, type JobMetrics } from './metrics.ts';
import { connectParts, type Parts } from './parts.ts';

const REGISTER_MS = 20_000;
const PUBLISH_MS = 1_000;

/** Starts one worker; any number may run. It listens before its parts have answered, and /ready says what is missing. */
export async function startJobRunner(config: JobRunnerConfig, log: Logger): Promise<RunningService> {
  const metrics = createMetrics({ service: SERVICE });
  const parts = connectParts(config, log);
  const jobMetrics = createJobMetrics(metrics, { running: () => runner.running() });
  const runner = startJobs(parts, config, jobMetrics, log);
  const register = repeatEvery(
    REGISTER_MS,
    () => registerJobs(parts.pool, jobs),
    createServerErrorLog(log, 'the jobs could not be registered').warn,
  );
  const publish = repeatEvery(
    PUBLISH_MS,
    async () => jobMetrics.published.inc(await publishOutbox(parts.pool, parts.publisher.publish)),
    createServerErrorLog(log, 'what jobs decided on could not be published').warn,
  );
  const wakeUps = startWakeUps({
    redis: parts.redis,
    jobs,
    onWake() {
      jobMetrics.wakeUps.inc();
      runner.wake();
    },
    onError: createServerErrorLog(log, 'Redis does not answer: runs begin when they are looked for').warn,
  });
  const checks = jobRunnerChecks(parts, config, jobs, (seconds) => jobMetrics.overdue.set(seconds));
  let draining = false;
  const readiness = watchReadiness(checks, () => draining);
  const server = await startAdminServer({
    host: config.HOST,
    port: config.PORT,
    log,
    ...(config.ENABLE_METRICS ? { metrics } : {}),
    health: () => ({ uptime_s: Math.round(process.uptime()) }),
    ready: readiness.ready,
  });
  const stopMetricsLog = config.ENABLE_METRICS
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_jobs_' })
    : () => undefined;
  return {
    async close() {
      draining = true;
      await Promise.all([wakeUps.close(), register.stop(), runner.stop()]);
      await publish.stop();
      readiness.close();
      stopMetricsLog();
      await parts.close();
      await server.close();
    },
  };
}

function startJobs(
  { pool, warehouse, reader }: Parts,
  config: JobRunnerConfig,
  metrics: JobMetrics,
  log: Logger,
): Runner {
  return startRunner({
    pool,
    jobs,
    ports: {
      warehouse,
      reader,
      convention: readConventionFile(config.BUSINESS_CONVENTION_FILE),
      retentionDays: config.DATA_RETENTION_DAYS,
      historyDays: config.JOBS_HISTORY_DAYS,
    },
    worker: `${hostname()}/${process.pid}`,
    concurrency: config.JOBS_CONCURRENCY,
    pollMs: config.JOBS_POLL_MS,
    leaseMs: config.JOBS_LEASE_MS,
    retryMs: config.JOBS_RETRY_MS,
    drainMs: config.JOBS_DRAIN_MS,
    onClaimed: metrics.claimed,
    onEnded: metrics.ended,
    onRunError: (err, { job, slotMs, attempt }) =>
      log.warn({ err, job, slot: new Date(slotMs).toISOString(), attempt }, 'a run failed'),
    onError: createServerErrorLog(log, 'jobs could not be looked at').warn,
  });
}
