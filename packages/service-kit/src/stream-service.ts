import { type Check, watchReadiness } from '@fineprint/http-kit';
import {
  createMetrics,
  type Logger,
  logMetricsEvery,
  type Metrics,
  type RunningService,
  startAdminServer,
  startTracing,
} from '@fineprint/observability';
import { registrySettings } from '@fineprint/service-config';
import {
  type Clock,
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  createStreamHealth,
  type GroupConsumer,
  type RecordDecoder,
  type RecordEncoder,
  type RecordWriter,
  type Running,
  type SchemaRegistry,
  type SnapshotReader,
  type StreamObserver,
  systemClock,
} from '@fineprint/stream-runtime';
import {
  bookTopics,
  deadLetterOf,
  inputTopics,
  type NodeName,
  nodes,
  type TopicName,
} from '@fineprint/topology';
import { startClusterWatch } from './cluster-watch.ts';
import { fanOut } from './fan-out.ts';
import { newInstanceName } from './instance-name.ts';
import { exposeLag } from './lag-metrics.ts';
import { runWhilePossible } from './run-while-possible.ts';
import { kafkaClientSettings, type StreamConfig } from './stream-config.ts';
import { createStreamMetrics } from './stream-metrics.ts';
import { createStreamTraces } from './stream-traces.ts';

/** What a stage or sink is run with. */
export interface StreamParts {
  readonly consumer: GroupConsumer;
  readonly writer: RecordWriter;
  readonly registry: SchemaRegistry;
  readonly decoder: RecordDecoder;
  readonly encoder: RecordEncoder;
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly metrics: Metrics;
  readonly snapshotReader: SnapshotReader;
  readonly instance: string;
}

export interface StreamServiceOptions {
  /** What else the stage cannot work without: its stores. */
  readonly checks?: readonly Check[];
  readonly writer?: { readonly deliveryTimeoutMs?: number };
  /** How long records may wait before nothing moves is a fault; longer where a stage collects them. */
  readonly stallTimeoutMs?: number;
  /** How long a fetch waits after one that has brought all there was; longer where a stage collects records anyway. */
  readonly fetchPaceMs?: number;
  /** So many neighbouring partitions of a topic are given to the same process. */
  readonly lanePartitions?: number;
}

const FETCH_PACE_MS = 100;
const GROUP_TIMEOUT_MS = 15_000;
const STALL_TIMEOUT_MS = 30_000;

/**
 * Everything around a stage: Kafka, schemas, /health, /ready, /metrics. It listens at once; `start` brings the stage itself
 * and is called when Kafka, its topics and the schema registry are there. Until then /ready says what is missing.
 */
export async function startStreamService(
  node: NodeName,
  config: StreamConfig,
  log: Logger,
  start: (parts: StreamParts) => Promise<Running>,
  {
    checks = [],
    writer = {},
    stallTimeoutMs = STALL_TIMEOUT_MS,
    fetchPaceMs: paceMs = FETCH_PACE_MS,
    lanePartitions,
  }: StreamServiceOptions = {},
): Promise<RunningService> {
  const nowMs = () => systemClock.nowMs();
  const metrics = createMetrics({ service: node });
  const health = createStreamHealth(nowMs, { groupTimeoutMs: GROUP_TIMEOUT_MS, stallTimeoutMs });
  const kafka = connectKafka(kafkaClientSettings(config, node), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const registry = connectRegistry(registrySettings(config));
  const { group, routes } = nodes[node];
  const outputs = [
    ...new Set<TopicName>([...Object.values(routes).flat(), deadLetterOf(node), ...bookTopics]),
  ];
  const consumer = kafka.consumer({
    groupId: group ?? node,
    topics: inputTopics(nodes[node]),
    paceMs,
    ...(lanePartitions === undefined ? {} : { lanePartitions }),
  });
  const watch = startClusterWatch({
    connect: () => kafka.admin(),
    node: nodes[node],
    clusterId: config.KAFKA_CLUSTER_ID,
    memberId: consumer.memberId,
    log,
    nowMs,
    stallTimeoutMs,
  });
  const streamMetrics = createStreamMetrics(metrics, log); // there from the start, so that a rate begins at 0
  exposeLag(metrics, group ?? node, watch);
  const instance = newInstanceName();
  const tracing = await startTracing({
    service: node,
    instance,
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS?.reveal(),
    metrics,
    log,
  });
  const traces = tracing === null ? [] : [createStreamTraces({ node, group: group ?? node }, tracing, nowMs)];
  const run = runWhilePossible({
    log,
    watch,
    consumer,
    connectWriter: () => kafka.writer(writer),
    createEncoder: () => createRecordEncoder(registry, outputs),
    start: (connected, encoder) =>
      start({
        consumer,
        writer: connected,
        registry,
        decoder: createRecordDecoder(registry, nowMs),
        encoder,
        clock: systemClock,
        observer: fanOut(health, streamMetrics, ...traces),
        metrics,
        snapshotReader: kafka.snapshotReader(),
        instance,
      }),
  });
  const readiness = watchReadiness(checks, run.isStopping);
  const server = await startAdminServer({
    host: config.HOST,
    port: config.PORT,
    token: config.ADMIN_TOKEN?.reveal(),
    log,
    ...(config.ENABLE_METRICS ? { metrics } : {}),
    health: () => ({ node, lag: watch.lag() ?? health.lag(), partitions: health.assignedPartitions() }),
    ready: () => {
      const own = [...run.reasons(), ...watch.reasons(), ...(run.isRunning() ? health.problems() : [])];
      const checked = readiness.ready();
      return { ready: checked.ready && own.length === 0, reasons: [...own, ...checked.reasons] };
    },
  });
  const stopMetricsLog = config.ENABLE_METRICS
    ? logMetricsEvery({ metrics, log, intervalMs: config.METRICS_INTERVAL, prefix: 'fineprint_' })
    : () => undefined;
  return {
    done: run.failed.then((error) => Promise.reject(error)),
    async close() {
      await run.stop();
      readiness.close();
      await watch.stop();
      await tracing?.close();
      stopMetricsLog();
      await server.close();
    },
  };
}
