import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, connectPostgres, createServerErrorLog, watchReadiness } from '@fineprint/http-kit';
import {
  createMetrics,
  type Logger,
  logMetricsEvery,
  type RunningService,
  startAdminServer,
} from '@fineprint/observability';
import { clickhouseUrl } from '@fineprint/service-config';
import { createNodePublisher, kafkaClientSettings } from '@fineprint/service-kit';
import { connectKafka, connectRegistry, createRecordDecoder } from '@fineprint/stream-runtime';
import type { Pool } from 'pg';
import { openStores } from './audit/open-stores.ts';
import { type ReconcilerConfig, SERVICE } from './config.ts';
import { giveUpLease, secondsSinceRound } from './lease.ts';
import { createReconcilerMetrics } from './metrics.ts';
import { type RoundPorts, runRound } from './run-round.ts';

const MINUTE_MS = 60_000;

/** Starts one instance; any number may run, and one of them reconciles. It listens before its parts have answered. */
export async function startReconciler(config: ReconcilerConfig, log: Logger): Promise<RunningService> {
  const metrics = createMetrics({ service: SERVICE });
  const pool = connectPostgres(config.DATABASE_URL.reveal(), SERVICE, log);
  const {
    warehouse,
    stores,
    close: closeStores,
  } = openStores({
    clickhouse: {
      url: clickhouseUrl(config),
      username: config.CLICKHOUSE_USERNAME,
      password: config.CLICKHOUSE_PASSWORD?.reveal() ?? '',
    },
  });
  const kafka = connectKafka(kafkaClientSettings(config, SERVICE), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const registry = connectRegistry(config.SCHEMA_REGISTRY_URL);
  const publisher = createNodePublisher(kafka, registry, SERVICE, (err) =>
    log.warn({ err }, 'what Kafka acknowledged is not in the ledger yet, trying again'),
  );
  const owner = randomUUID();
  const connect = async (): Promise<RoundPorts> => ({
    pool,
    audit: {
      warehouse,
      stores,
      kafka,
      admin: await kafka.admin(),
      decoder: createRecordDecoder(registry, Date.now),
      nowMs: Date.now,
      sleep: (ms) => sleep(ms),
    },
    publisher,
    metrics: roundMetrics,
    owner,
    windowMs: config.RECONCILE_WINDOW_MINUTES * MINUTE_MS,
    settleMs: config.RECONCILE_SETTLE_MS,
    leaseMs: config.RECONCILE_LEASE_MS,
  });
  const roundMetrics = createReconcilerMetrics(metrics);
  const warn = createServerErrorLog(log, 'the books could not be looked at').warn;
  const loop = startLoop(connect, config.RECONCILE_INTERVAL_MS, (error) => {
    roundMetrics.rounds.inc({ outcome: 'failed' });
    warn(error);
  });
  const checks: Check[] = [
    { code: 'progress', isRequired: true, look: () => progressProblem(pool, config) },
    { code: 'clickhouse', isRequired: true, look: () => warehouse.rows('SELECT 1').then(() => null) },
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
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_ledger_' })
    : () => undefined;
  return {
    async close() {
      draining = true;
      await loop.stop();
      readiness.close();
      stopMetricsLog();
      await giveUpLease(pool, owner).catch(() => undefined); // else it runs out
      await Promise.all([publisher.close(), closeStores(), pool.end()]);
      await server.close();
    },
  };
}

/** Somebody looks at the books. A look here also shows that Postgres is there and migrated. */
async function progressProblem(pool: Pool, config: ReconcilerConfig): Promise<string | null> {
  const seconds = await secondsSinceRound(pool);
  if (seconds === null) return 'no round has looked at everything yet; see the log';
  const allowedMs = 3 * config.RECONCILE_INTERVAL_MS + 2 * config.RECONCILE_LEASE_MS;
  return seconds * 1_000 <= allowedMs
    ? null
    : `the last round that looked at everything was ${Math.round(seconds)} s ago; see the log`;
}

/** One round after another; a failure is told and tried again. */
function startLoop(
  connect: () => Promise<RoundPorts>,
  intervalMs: number,
  onError: (error: unknown) => void,
) {
  let stopping = false;
  let wake = () => {};
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let ports: RoundPorts | null = null;
  const disconnect = async () => {
    await ports?.audit.admin.close().catch(onError);
    ports = null;
  };
  const run = async (): Promise<void> => {
    while (!stopping) {
      const startedMs = Date.now();
      try {
        ports ??= await connect();
        await runRound(ports);
      } catch (error) {
        onError(error);
        await disconnect(); // the next round has a connection of its own
      }
      await Promise.race([
        sleep(Math.max(0, startedMs + intervalMs - Date.now()), undefined, { ref: false }),
        stopped,
      ]);
    }
    await disconnect();
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
