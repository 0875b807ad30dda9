import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, createServerErrorLog, watchReadiness } from '@fineprint/http-kit';
import {
  createMetrics,
  type Logger,
  logMetricsEvery,
  type RunningService,
  startAdminServer,
} from '@fineprint/observability';
import { clickhouseUrl } from '@fineprint/service-config';
import { createNodePublisher, kafkaClientSettings } from '@fineprint/service-kit';
import { connectKafka, connectRegistry } from '@fineprint/stream-runtime';
import type { Pool } from 'pg';
import { type DriftConfig, SERVICE } from './config.ts';
import { connectDriftDatabase, connectDriftWarehouse, createEvaluation } from './evaluator.ts';
import { createDriftMetrics } from './metrics.ts';
import { runNextSlot, type SlotPorts } from './run-slot.ts';
import { secondsBehind } from './slots.ts';

const POLL_MS = 1_000;

/** Starts one instance; any number may run. It listens before its stores have answered, and /ready says what is missing. */
export async function startDriftMonitor(config: DriftConfig, log: Logger): Promise<RunningService> {
  const metrics = createMetrics({ service: SERVICE });
  const pool = connectDriftDatabase(config.DATABASE_URL.reveal(), (err) =>
    log.warn({ err }, 'an idle Postgres connection broke'),
  );
  const client = connectDriftWarehouse({
    url: clickhouseUrl(config),
    username: config.CLICKHOUSE_USERNAME,
    password: config.CLICKHOUSE_PASSWORD?.reveal() ?? '',
  });
  const kafka = connectKafka(kafkaClientSettings(config, SERVICE), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const publisher = createNodePublisher(kafka, connectRegistry(config.SCHEMA_REGISTRY_URL), SERVICE, (err) =>
    log.warn({ err }, 'what Kafka acknowledged is not in the ledger yet, trying again'),
  );
  const evaluation = createEvaluation(pool, client, {
    maxSeries: config.DRIFT_MAX_SERIES,
    nowMs: Date.now,
    onInvalidBaseline: ({ model, version }, problems) =>
      log.warn({ model, version, problems }, 'a chosen baseline makes no sense; the default is used'),
  });
  const ports: SlotPorts = {
    pool,
    evaluation,
    publisher,
    metrics: createDriftMetrics(metrics),
    times: {
      intervalMs: config.DRIFT_INTERVAL_MS,
      settleMs: config.DRIFT_SETTLE_MS,
      leaseMs: config.DRIFT_LEASE_MS,
    },
  };
  const loop = startLoop(ports, createServerErrorLog(log, 'a slot could not be evaluated').warn);
  const checks: Check[] = [
    { code: 'clickhouse', isRequired: true, look: () => client.ping().then(pingProblem) },
    { code: 'progress', isRequired: true, look: () => progressProblem(pool, config) },
  ];
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
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_drift_' })
    : () => undefined;
  return {
    async close() {
      draining = true;
      await loop.stop();
      readiness.close();
      stopMetricsLog();
      await Promise.all([publisher.close(), client.close(), pool.end()]);
      await server.close();
    },
  };
}

const pingProblem = ({ success }: { readonly success: boolean }) => (success ? null : 'does not answer');

/** Slots are finished by somebody. A look also shows that Postgres is there and migrated. */
async function progressProblem(pool: Pool, config: DriftConfig): Promise<string | null> {
  const seconds = await secondsBehind(pool);
  const allowedMs = 3 * config.DRIFT_INTERVAL_MS + config.DRIFT_SETTLE_MS + config.DRIFT_LEASE_MS;
  if (seconds === null || process.uptime() * 1_000 < allowedMs || seconds * 1_000 <= allowedMs) return null;
  return `the last finished slot is of ${Math.round(seconds)} s ago; see the log`;
}

/** One slot after another; a failure is told and tried again. */
function startLoop(ports: SlotPorts, onError: (error: unknown) => void) {
  let stopping = false;
  let wake = () => {};
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const run = async (): Promise<void> => {
    while (!stopping) {
      const worked = await runNextSlot(ports).catch((error: unknown) => {
        onError(error);
        return false;
      });
      if (!worked) await Promise.race([sleep(POLL_MS), stopped]);
    }
  };
  const running = run();
  return {
    async stop() {
      stopping = true;
      wake();
      await running;
    },
  };
}
