import type { Logger } from '@fineprint/observability';
import {
  connectRegistry,
  createBatchingWriter,
  createRecordEncoder,
  type KafkaConnection,
} from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import { type GatewayConfig, SERVICE } from './config.ts';
import type { Backend } from './http/ingest-handler.ts';
import { createKafkaSink } from './sink/kafka-sink.ts';

export const OUTPUT_TOPICS: readonly TopicName[] = [...nodes[SERVICE].routes.http, nodes[SERVICE].deadLetter];

/** The first connection to Kafka and the registry, retried until it stands. */
export interface BackendConnection {
  current(): Backend | null;
  close(): Promise<void>;
}

const MIB = 1_048_576;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;

/**
 * Connects in the background: the gateway starts, and says that it is not ready, while Kafka or the registry is away. One
 * batch is under way at a time, so that a subject's events keep their order across batches.
 */
export function connectBackend(
  kafka: KafkaConnection,
  config: GatewayConfig,
  log: Logger,
): BackendConnection {
  let backend: Backend | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const connect = async (): Promise<Backend> => {
    const encoder = await createRecordEncoder(connectRegistry(config.SCHEMA_REGISTRY_URL), OUTPUT_TOPICS);
    const writer = await kafka.writer({ deliveryTimeoutMs: config.ACK_TIMEOUT_MS });
    const batching = createBatchingWriter(writer, {
      lingerMs: config.LINGER_MS,
      maxBatchBytes: 4 * MIB,
      maxBatchRecords: 10_000,
      maxQueuedBytes: config.MAX_QUEUED_BYTES,
      maxInFlight: 1,
    });
    const sink = createKafkaSink(batching, { ackTimeoutMs: config.ACK_TIMEOUT_MS });
    const close = async () => {
      await sink.close();
      await writer.close();
    };
    return { encoder, sink: { ...sink, close } };
  };

  const attempt = (delayMs: number): void => {
    connect().then(
      (connected) => {
        backend = connected;
        log.info('connected to Kafka and the schema registry');
        if (closed) void connected.sink.close();
      },
      (err: unknown) => {
        log.warn({ err, retryMs: delayMs }, 'Kafka or the schema registry is away, trying again');
        const next = Math.min(MAX_RETRY_MS, delayMs * 2);
        if (!closed) timer = setTimeout(attempt, delayMs, next);
      },
    );
  };
  attempt(FIRST_RETRY_MS);

  return {
    current: () => backend,
    async close() {
      closed = true;
      clearTimeout(timer);
      await backend?.sink.close();
    },
  };
}
