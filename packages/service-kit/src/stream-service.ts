import {
  createMetrics,
  type Logger,
  type Metrics,
  type RunningService,
  startAdminServer,
} from '@fineprint/observability';
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
import { fanOut } from './fan-out.ts';
import { startGroupWatch } from './group-watch.ts';
import { newInstanceName } from './instance-name.ts';
import { kafkaClientSettings, type StreamConfig } from './stream-config.ts';
import { createStreamMetrics } from './stream-metrics.ts';

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

const HEALTH_LIMITS = { groupTimeoutMs: 15_000, stallTimeoutMs: 30_000 };
const WATCH_INTERVAL_MS = 10_000;

/** Everything around a stage: Kafka, schemas, /health, /ready, /metrics. `start` brings the stage itself. */
export async function startStreamService(
  node: NodeName,
  config: StreamConfig,
  log: Logger,
  start: (parts: StreamParts) => Promise<Running>,
): Promise<RunningService> {
  const metrics = createMetrics({ service: node });
  const health = createStreamHealth(() => systemClock.nowMs(), HEALTH_LIMITS);
  const settings = kafkaClientSettings(config, node);
  const kafka = connectKafka(settings, (level, message, fields) => log[level]({ kafka: fields }, message));
  const admin = await kafka.admin();
  const watch = startGroupWatch({
    admin,
    node,
    log,
    nowMs: () => systemClock.nowMs(),
    intervalMs: WATCH_INTERVAL_MS,
    stallTimeoutMs: HEALTH_LIMITS.stallTimeoutMs,
  });
  let state: 'starting' | 'running' | 'draining' = 'starting';
  const server = await startAdminServer({
    host: config.HOST,
    port: config.PORT,
    log,
    metrics,
    health: () => ({ node, lag: watch.lag() ?? health.lag(), partitions: health.assignedPartitions() }),
    ready: () => {
      const waiting = state === 'running' ? [] : [{ code: state, message: `the service is ${state}` }];
      const reasons = [...waiting, ...health.problems(), ...watch.reasons()];
      return { ready: reasons.length === 0, reasons };
    },
  });
  const writer = await kafka.writer();
  const registry = connectRegistry(config.SCHEMA_REGISTRY_URL);
  const { group, routes } = nodes[node];
  const inputs = inputTopics(nodes[node]);
  const outputs = [
    ...new Set<TopicName>([...Object.values(routes).flat(), deadLetterOf(node), ...bookTopics]),
  ];
  const running = await start({
    consumer: kafka.consumer({ groupId: group ?? node, topics: inputs }),
    writer,
    registry,
    decoder: createRecordDecoder(registry, () => systemClock.nowMs()),
    encoder: await createRecordEncoder(registry, outputs),
    clock: systemClock,
    observer: fanOut(health, createStreamMetrics(metrics, log)),
    metrics,
    snapshotReader: kafka.snapshotReader(),
    instance: newInstanceName(),
  });
  state = 'running';
  return {
    done: running.failed.then((error) => Promise.reject(error)),
    async close() {
      state = 'draining';
      watch.stop();
      await running.stop();
      await Promise.all([writer.close(), admin.close()]);
      await server.close();
    },
  };
}
