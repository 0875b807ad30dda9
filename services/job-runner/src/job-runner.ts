import { hostname } from 'node:os';
import path from 'node:path';
import { readConventionFile } from '@fineprint/business-runs';
import { createServerErrorLog, publishOutbox } from '@fineprint/http-kit';
import { jobOutbox, registerJobs } from '@fineprint/jobs';
import type { Logger, RunningService } from '@fineprint/observability';
import { computableDays, resolvePolicy } from '@fineprint/retention';
import { keyringOf } from '@fineprint/service-config';
import { startScheduledService } from '@fineprint/service-kit';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import { jobRunnerChecks } from './checks.ts';
import { type JobRunnerConfig, SERVICE } from './config.ts';
import { type Runner, startRunner } from './engine/runner.ts';
import { startWakeUps } from './engine/wake-ups.ts';
import { jobs } from './jobs/index.ts';
import { createJobMetrics, type JobMetrics } from './metrics.ts';
import { connectParts, type Parts } from './parts.ts';
import { openPrivacy } from './privacy/open-privacy.ts';
import type { PrivacyPorts } from './privacy/ports.ts';

const REGISTER_MS = 20_000;
const ROUND_MS = 1_000;

/** Starts one worker; any number may run, and each slot is run by one of them. */
export function startJobRunner(config: JobRunnerConfig, log: Logger): Promise<RunningService> {
  const parts = connectParts(config, log);
  return startScheduledService(SERVICE, config, log, ({ kafka, registry, publisher, metrics }) => {
    const jobMetrics = createJobMetrics(metrics, { running: () => runner.running() });
    const privacy = openPrivacy(config, parts, { kafka, registry });
    const runner = startJobs({ ...parts, privacy }, config, jobMetrics, log);
    const wakeUps = startWakeUps({
      redis: parts.redis,
      jobs,
      onWake() {
        jobMetrics.wakeUps.inc();
        runner.wake();
      },
      onError: createServerErrorLog(log, 'Redis does not answer: runs begin when they are looked for').warn,
    });
    let registeredAtMs = Number.NEGATIVE_INFINITY;
    return {
      async round() {
        if (performance.now() - registeredAtMs >= REGISTER_MS) {
          await registerJobs(parts.pool, jobs);
          registeredAtMs = performance.now();
        }
        jobMetrics.published.inc(await publishOutbox(parts.pool, jobOutbox, publisher.publish));
        return ROUND_MS;
      },
      retryMs: ROUND_MS,
      checks: jobRunnerChecks(parts, config, jobs, (seconds) => jobMetrics.overdue.set(seconds)),
      async close() {
        await Promise.all([wakeUps.close(), runner.stop()]);
        await parts.close();
      },
    };
  });
}

function startJobs(
  { pool, warehouse, reader, privacy }: Parts & { readonly privacy: PrivacyPorts | null },
  config: JobRunnerConfig,
  metrics: JobMetrics,
  log: Logger,
): Runner {
  const { policy } = resolvePolicy(config);
  return startRunner({
    pool,
    jobs,
    ports: {
      warehouse,
      reader,
      convention: readConventionFile(config.BUSINESS_CONVENTION_FILE),
      retentionDays: computableDays(policy),
      retention: policy,
      archive:
        config.ARCHIVE_DIR === undefined
          ? null
          : { dir: path.resolve(config.ARCHIVE_DIR), keyring: keyringOf(config) },
      archiveDays: config.ARCHIVE_RETENTION_DAYS ?? null,
      snowflake: snowflakeOf(config),
      historyDays: config.JOBS_HISTORY_DAYS,
      qualityRulesFile: config.QUALITY_RULES_FILE,
      privacy,
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

/** The driver is large, and most have no Snowflake. */
function snowflakeOf(config: JobRunnerConfig): (() => Promise<SnowflakeSettings>) | null {
  const { SNOWFLAKE_ACCOUNT, SNOWFLAKE_USERNAME } = config;
  if (SNOWFLAKE_ACCOUNT === undefined || SNOWFLAKE_USERNAME === undefined) return null;
  const account = { ...config, SNOWFLAKE_ACCOUNT, SNOWFLAKE_USERNAME };
  return () => import('@fineprint/snowflake').then(({ snowflakeSettings }) => snowflakeSettings(account));
}
