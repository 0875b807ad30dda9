import { type Check, createServerErrorLog, watchReadiness } from '@fineprint/http-kit';
import {
  createMetrics,
  type Logger,
  logMetricsEvery,
  type Metrics,
  type RunningService,
  startAdminServer,
} from '@fineprint/observability';
import { registrySettings } from '@fineprint/service-config';
import {
  connectKafka,
  connectRegistry,
  type KafkaConnection,
  type SchemaRegistry,
} from '@fineprint/stream-runtime';
import type { NodeName } from '@fineprint/topology';
import { createNodePublisher, type Publisher } from './node-publisher.ts';
import { type RoundsOptions, startRounds } from './rounds.ts';
import { kafkaClientSettings, type ScheduledConfig } from './stream-config.ts';

/** What a node that begins by the clock is made of. */
export interface ScheduledParts {
  readonly kafka: KafkaConnection;
  readonly registry: SchemaRegistry;
  /** Writes what was decided on, and claims it in the ledger. */
  readonly publisher: Publisher;
  readonly metrics: Metrics;
}

export interface ScheduledWork extends Omit<RoundsOptions, 'onError'> {
  readonly onError?: (error: unknown) => void;
  /** What it cannot work without. */
  readonly checks: readonly Check[];
  /** After the last round. */
  close(): Promise<void>;
}

/**
 * Everything around a node that begins by the clock instead of a topic: Kafka to write to, rounds of work, /health, /ready,
 * /metrics. Any number of instances may run; who works is for the rounds to agree on. It listens before its parts have
 * answered, and /ready says what is missing.
 */
export async function startScheduledService(
  node: NodeName,
  config: ScheduledConfig,
  log: Logger,
  begin: (parts: ScheduledParts) => ScheduledWork,
): Promise<RunningService> {
  const metrics = createMetrics({ service: node });
  const kafka = connectKafka(kafkaClientSettings(config, node), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const registry = connectRegistry(registrySettings(config));
  const publisher = createNodePublisher(kafka, registry, node, (err) =>
    log.warn({ err }, 'what Kafka acknowledged is not in the ledger yet, trying again'),
  );
  const work = begin({ kafka, registry, publisher, metrics });
  const { warn } = createServerErrorLog(log, 'a round of work failed, trying again');
  const rounds = startRounds({
    ...work,
    onError(error) {
      work.onError?.(error);
      warn(error);
    },
  });
  let draining = false;
  const readiness = watchReadiness(work.checks, () => draining);
  const server = await startAdminServer({
    host: config.HOST,
    port: config.PORT,
    token: config.ADMIN_TOKEN?.reveal(),
    log,
    ...(config.ENABLE_METRICS ? { metrics } : {}),
    health: () => ({ uptime_s: Math.round(process.uptime()) }),
    ready: readiness.ready,
  });
  const stopMetricsLog = config.ENABLE_METRICS
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_' })
    : () => undefined;
  return {
    async close() {
      draining = true;
      await rounds.stop();
      readiness.close();
      stopMetricsLog();
      await Promise.all([publisher.close(), work.close()]);
      await server.close();
    },
  };
}
