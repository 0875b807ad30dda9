import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer, createServerErrorLog } from '@fineprint/http-kit';
import {
  closeServer,
  createAdminGuard,
  createMetrics,
  type Logger,
  listen,
  logMetricsEvery,
  type RunningService,
} from '@fineprint/observability';
import { createLiveStreams } from './ai/live-streams.ts';
import { readLive } from './ai/real-time.ts';
import { createChurnFits } from './analytics/churn-fits.ts';
import { watchDataVersions } from './clickhouse/data-version.ts';
import { type QueryConfig, SERVICE } from './config.ts';
import { queryPages } from './docs/pages.ts';
import { createAnswerCache } from './http/answer-cache.ts';
import { createApp } from './http/app.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { readMasking } from './masking/masking.ts';
import { createQueryMetrics } from './metrics.ts';
import { connectParts } from './parts.ts';
import { privacySettings } from './privacy/settings.ts';
import { startRefresher } from './segments/refresher.ts';
import { DAY_MS } from './windows/cover.ts';
import { createWindowStore, type WindowStore } from './windows/window-store.ts';

/** Fits of models: seconds each, in a thread. */
const CHURN_LIMITS = { maxKept: 50, maxWaiting: 8, timeoutMs: 60_000 };
const CACHE_LIMITS = { maxEntries: 1_000, maxChars: 16 << 20 };

/** Reads the newest windows before they are asked for. What fails here is read when it is asked for. */
async function warmUp(windows: WindowStore, dataVersion: () => Promise<string>, days: number, log: Logger) {
  const nowMs = Date.now();
  try {
    await windows.warmUp({ fromMs: nowMs - days * DAY_MS, toMs: nowMs }, await dataVersion());
    log.info({ bytes: windows.sizeBytes(), ms: Date.now() - nowMs }, 'the newest windows are in memory');
  } catch (err) {
    log.warn({ err }, 'windows could not be read ahead; they are read when asked for');
  }
}

/** Starts the query API; it listens before ClickHouse or Postgres have answered, and /ready says what is missing. */
export async function startQueryApi(
  config: QueryConfig,
  log: Logger,
): Promise<RunningService & { readonly url: string }> {
  let draining = false;
  const isDraining = () => draining;
  const metrics = createMetrics({ service: SERVICE });
  const queryMetrics = createQueryMetrics(metrics, {
    streams: () => streams.count(),
    keysAgeSeconds: () => (parts.keys.ageMs() ?? Number.NaN) / 1_000,
  });
  const parts = connectParts(config, log, isDraining, (s) => queryMetrics.clickhouseSeconds.observe(s));
  const streams = createLiveStreams({
    maxStreams: config.MAX_STREAMS,
    read: (live) => readLive(parts.warehouse, live, Date.now()),
    onError: createServerErrorLog(log, 'a stream could not be fed').warn,
  });
  const windows = createWindowStore({ warehouse: parts.warehouse, maxBytes: config.WINDOW_CACHE_MIB << 20 });
  const dataVersion = watchDataVersions(parts.warehouse);
  const segments = startRefresher({
    database: parts.database,
    warehouse: parts.warehouse,
    dataVersion,
    refreshMs: config.SEGMENT_REFRESH_MS,
    currency: config.SEGMENT_CURRENCY,
    nowMs: Date.now,
    onDone: (result) => queryMetrics.segments.inc({ result }),
    onError: createServerErrorLog(log, 'the segments could not be counted').warn,
  });
  const app = createApp({
    ports: {
      callers: parts.callers,
      auditLog: parts.auditLog,
      subjectHash: parts.subjectHash,
      isRealtime: config.ENABLE_REALTIME_PROCESSING,
      masking: readMasking(parts.warehouse),
      warehouse: parts.warehouse,
      exports: parts.exports,
      database: parts.database,
      churnFits: createChurnFits(CHURN_LIMITS),
      experiments: parts.experiments,
      pipeline: parts.pipeline,
      privacy: privacySettings(config),
      windows,
      dataVersion,
      cache: createAnswerCache({
        ...CACHE_LIMITS,
        staleMs: config.ANSWER_STALE_MS,
        nowMs: () => performance.now(),
        onError: createServerErrorLog(log, 'an answer could not be made anew').warn,
      }),
      streams,
      rateLimit: createRateLimit(config.RATE_LIMIT_REQUESTS_PER_SECOND),
      metrics: queryMetrics,
      nowMs: Date.now,
      onServerError: createServerErrorLog(log, 'a request failed').problem,
    },
    admin: {
      log,
      health: () => ({ uptime_s: Math.round(process.uptime()) }),
      ready: parts.readiness.ready,
      guard: createAdminGuard({ host: config.HOST, token: config.ADMIN_TOKEN?.reveal() }),
      ...(config.ENABLE_METRICS ? { metrics } : {}),
    },
    pages: queryPages(),
    isDraining,
    onAuditError: createServerErrorLog(log, 'that an act failed could not be written down').warn,
  });
  void warmUp(windows, () => dataVersion('ai'), config.WARM_UP_DAYS, log);
  const server = createHttpServer(app, config.MAX_CONNECTIONS);
  await listen(server, config.PORT, config.HOST);
  const url = `http://${config.HOST}:${(server.address() as AddressInfo).port}`;
  log.info({ url }, 'listening');
  const stopMetricsLog = config.ENABLE_METRICS
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_query_' })
    : () => undefined;
  return {
    url,
    async close() {
      draining = true;
      await sleep(config.DRAIN_DELAY_MS);
      streams.close();
      await segments.close();
      await closeServer(server);
      stopMetricsLog();
      await parts.close();
    },
  };
}
