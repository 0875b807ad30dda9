import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpServer, createServerErrorLog, drainServer } from '@fineprint/http-kit';
import {
  createAdminGuard,
  createMetrics,
  type Logger,
  listen,
  logMetricsEvery,
  type RunningService,
  startTracing,
} from '@fineprint/observability';
import { newInstanceName } from '@fineprint/service-kit';
import { corsOrigins, type GatewayConfig, ingestSettings, SERVICE } from './config.ts';
import { gatewayPages } from './docs/pages.ts';
import { createApp } from './http/app.ts';
import { createByteBudget } from './http/byte-budget.ts';
import { createOriginPolicy } from './http/cors.ts';
import { createQueryProxy } from './http/query-proxy.ts';
import { createRequestTraces } from './http/request-traces.ts';
import { createGatewayMetrics } from './metrics.ts';
import { connectParts } from './parts.ts';
import { createQuickReader } from './quick/quick-ingest.ts';

/**
 * Starts the gateway. Whoever is refused a connection goes to another gateway, whoever is answered 503 may not: so it listens
 * once it can take events, or after a moment anyway, and then /ready says what is missing.
 */
export async function startGateway(config: GatewayConfig, log: Logger): Promise<RunningService> {
  let draining = false;
  let hangsUp = false;
  const isDraining = () => draining;
  const metrics = createMetrics({ service: SERVICE });
  const budget = createByteBudget(config.MAX_IN_FLIGHT_BYTES);
  const gatewayMetrics = createGatewayMetrics(metrics, {
    queuedBytes: () => parts.backend.current()?.sink.queuedBytes() ?? 0,
    bodyBytesInMemory: budget.used,
    keysAgeSeconds: () => (parts.keys.ageMs() ?? Number.NaN) / 1_000,
    spoolBytes: () => parts.backend.spool()?.backlogBytes() ?? 0,
    isSpooling: () => Number(parts.backend.spool()?.isSpooling() ?? false),
  });
  const parts = connectParts(config, log, isDraining, {
    spooled: (records) => gatewayMetrics.spooled.inc(records),
    drained: (records) => gatewayMetrics.drained.inc(records),
    unclaimed: (records) => gatewayMetrics.unclaimed.inc(records),
  });
  const tracing = await startTracing({
    service: SERVICE,
    instance: newInstanceName(),
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS?.reveal(),
    metrics,
    log,
  });
  const queryProxy = connectQueryApi(config);
  const settings = ingestSettings(config);
  const { listener } = createApp({
    ports: {
      senders: parts.senders,
      origins: createOriginPolicy(corsOrigins(config), parts.keys.inUse),
      rateLimit: parts.rateLimit,
      backend: parts.backend.current,
      budget,
      metrics: gatewayMetrics,
      traces: createRequestTraces(tracing, {
        share: config.OTEL_TRACES_SAMPLER_ARG,
        nowMs: Date.now,
        random: Math.random,
      }),
      quick: createQuickReader(settings),
      nowMs: Date.now,
    },
    settings,
    admin: {
      log,
      health: () => ({ uptime_s: Math.round(process.uptime()) }),
      ready: parts.readiness.ready,
      guard: createAdminGuard({ host: config.HOST, token: config.ADMIN_TOKEN?.reveal() }),
      ...(config.ENABLE_METRICS ? { metrics } : {}),
    },
    pages: gatewayPages(),
    ...(queryProxy === undefined ? {} : { queryProxy }),
    isDraining: () => hangsUp,
    onServerError: createServerErrorLog(log, 'a request failed').problem,
  });
  const server = createHttpServer(listener, config.MAX_CONNECTIONS);
  const stands = () => parts.backend.current() !== null && parts.keys.ageMs() !== null;
  await until(stands, config.LISTEN_WITHIN_MS);
  await listen(server, config.PORT, config.HOST);
  const { port } = server.address() as AddressInfo;
  log.info({ url: `http://${config.HOST}:${port}` }, 'listening');
  const stopMetricsLog = config.ENABLE_METRICS
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_gateway_' })
    : () => undefined;
  return {
    async close() {
      draining = true;
      await sleep(config.DRAIN_DELAY_MS);
      hangsUp = true;
      queryProxy?.endStreams();
      await drainServer(server, config.DRAIN_LINGER_MS);
      stopMetricsLog();
      queryProxy?.close();
      await parts.close();
      await tracing?.close();
    },
  };
}

const POLL_MS = 20;

async function until(isSo: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!isSo() && performance.now() < deadlineMs) await sleep(POLL_MS);
}

function connectQueryApi({ QUERY_API_URL: url, MAX_READS_IN_FLIGHT: maxInFlight }: GatewayConfig) {
  return url === undefined ? undefined : createQueryProxy({ url, maxInFlight });
}
