import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeServer,
  createMetrics,
  type Logger,
  listen,
  type RunningService,
} from '@fineprint/observability';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { connectKafka } from '@fineprint/stream-runtime';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { connectBackend } from './backend.ts';
import { backendCheck, kafkaCheck, keysCheck, keysFreshCheck, redisCheck } from './checks.ts';
import { type GatewayConfig, ingestSettings, SERVICE } from './config.ts';
import { documentPages } from './docs/pages.ts';
import { createApp } from './http/app.ts';
import { createByteBudget } from './http/byte-budget.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { redisLimiter } from './http/redis-limiter.ts';
import { createGatewayServer } from './http/server.ts';
import { createKeyDirectory } from './keys/key-directory.ts';
import { loadFromPostgres } from './keys/postgres-keys.ts';
import { createGatewayMetrics } from './metrics.ts';
import { watchReadiness } from './readiness.ts';
import { createServerErrorLog } from './server-error-log.ts';

/** Starts the gateway; it listens before Kafka, Postgres or Redis have answered, and /ready says what is missing. */
export async function startGateway(
  config: GatewayConfig,
  log: Logger,
): Promise<RunningService & { readonly url: string }> {
  const pool = new Pool({
    connectionString: config.DATABASE_URL.reveal(),
    application_name: SERVICE,
    max: 2,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle Postgres connection broke'));
  const redis = new Redis(config.REDIS_URL.reveal(), {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 250,
    connectTimeout: 2_000,
  });
  redis.on('error', createServerErrorLog(log, 'Redis is away; limits are per gateway').warn);
  const kafka = connectKafka(kafkaClientSettings(config, SERVICE), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const backend = connectBackend(kafka, config, log);
  const keys = createKeyDirectory(loadFromPostgres(pool), {
    refreshMs: config.WRITE_KEY_REFRESH_MS,
    graceMs: config.WRITE_KEY_GRACE_SECONDS * 1_000,
    nowMs: Date.now,
    sleep,
    onError: createServerErrorLog(log, 'the write keys could not be read').warn,
  });
  const budget = createByteBudget(config.MAX_IN_FLIGHT_BYTES);
  const metrics = createMetrics({ service: SERVICE });
  let draining = false;
  const isDraining = () => draining;
  const topics = kafkaCheck(kafka);
  const watch = watchReadiness(
    [
      backendCheck(() => backend.current() !== null),
      topics,
      keysCheck(keys, config.WRITE_KEY_GRACE_SECONDS * 1_000),
      keysFreshCheck(keys, config.WRITE_KEY_REFRESH_MS),
      redisCheck(redis),
    ],
    isDraining,
  );
  const rate = config.RATE_LIMIT_EVENTS_PER_SECOND;
  const app = createApp({
    ports: {
      keys,
      rateLimit: createRateLimit(redisLimiter(redis, rate), rate, Date.now),
      backend: backend.current,
      budget,
      metrics: createGatewayMetrics(metrics, {
        queuedBytes: () => backend.current()?.sink.queuedBytes() ?? 0,
        bodyBytesInMemory: budget.used,
        keysAgeSeconds: () => (keys.ageMs() ?? Number.NaN) / 1_000,
      }),
      nowMs: Date.now,
    },
    settings: ingestSettings(config),
    admin: {
      log,
      health: () => ({ uptime_s: Math.round(process.uptime()) }),
      ready: watch.ready,
      ...(config.ENABLE_METRICS ? { metrics } : {}),
    },
    pages: documentPages(),
    isDraining,
    onServerError: createServerErrorLog(log, 'a request failed').problem,
  });
  const server = createGatewayServer(app, config.MAX_CONNECTIONS);
  await listen(server, config.PORT, config.HOST);
  const { port } = server.address() as AddressInfo;
  const url = `http://${config.HOST}:${port}`;
  log.info({ url }, 'listening');
  return {
    url,
    async close() {
      draining = true;
      await sleep(config.DRAIN_DELAY_MS);
      await closeServer(server);
      await backend.close();
      watch.close();
      await topics.close();
      keys.close();
      redis.disconnect();
      await pool.end();
    },
  };
}
