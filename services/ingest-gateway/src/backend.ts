import { AtRestError } from '@fineprint/at-rest';
import type { Logger, ReadyReason } from '@fineprint/observability';
import { keyringOf, registrySettings } from '@fineprint/service-config';
import { createNodeClaims } from '@fineprint/service-kit';
import {
  type Claims,
  connectRegistry,
  createBatchingWriter,
  createLazyWriter,
  createRecordEncoder,
  type KafkaConnection,
  LEDGER_TOPIC,
  NOTES_TOPIC,
  type RecordWriter,
  StreamError,
} from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import { type GatewayConfig, SERVICE } from './config.ts';
import type { Backend } from './http/ingest-handler.ts';
import { createKafkaSink } from './sink/kafka-sink.ts';
import { openSpool } from './spool/spool.ts';
import { createSpoolingWriter, type SpoolingOptions } from './spool/spooling-writer.ts';

export const OUTPUT_TOPICS: readonly TopicName[] = [
  ...nodes[SERVICE].routes.http,
  nodes[SERVICE].deadLetter,
  NOTES_TOPIC,
];

/** What is on disk while Kafka is away. */
export interface SpoolStatus {
  isSpooling(): boolean;
  isFull(): boolean;
  backlogBytes(): number;
}

export interface SpoolWatch {
  /** Null where there is no spool, or not yet. */
  spool(): SpoolStatus | null;
}

/** The first connection to Kafka and the registry, retried until it stands. */
export interface BackendConnection extends SpoolWatch {
  current(): Backend | null;
  /** Why there is none yet, where that is known. */
  problem(): ReadyReason | null;
  close(): Promise<void>;
}

/** Told of what the spool takes and gives back, and of what Kafka took and the ledger was not told of. */
export interface BackendCounters {
  readonly spooled: (records: number) => void;
  readonly drained: (records: number) => void;
  readonly unclaimed: (records: number) => void;
}

const MIB = 1_048_576;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 5_000;
const DRAIN_RETRY_MS = 500;
const MAX_BATCH_RECORDS = 10_000;

/**
 * Connects in the background: the gateway starts, and says that it is not ready, while Kafka or the registry is away; with
 * a spool the registry is enough. One batch is under way at a time, so that a subject's events keep their order across
 * batches.
 */
export function connectBackend(
  kafka: KafkaConnection,
  config: GatewayConfig,
  log: Logger,
  counters: BackendCounters,
): BackendConnection {
  let backend: Backend | null = null;
  let status: SpoolStatus | null = null;
  let problem: ReadyReason | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const kafkaWriter = (claims: Claims) => () =>
    kafka.writer({ deliveryTimeoutMs: config.ACK_TIMEOUT_MS, onAcknowledged: claims.acknowledged });

  const connectWriter = async (claims: Claims): Promise<RecordWriter> => {
    const connect = kafkaWriter(claims);
    if (config.SPOOL_DIR === undefined) return connect();
    const spool = await openSpool({
      directory: config.SPOOL_DIR,
      maxBytes: config.SPOOL_MAX_BYTES,
      keyring: keyringOf(config),
      onDamage: (what) => log.error(what, 'part of the spool cannot be read'),
    });
    const writer = createSpoolingWriter(createLazyWriter(connect), spool, {
      failoverMs: config.SPOOL_AFTER_MS,
      retryMs: DRAIN_RETRY_MS,
      maxBatchRecords: MAX_BATCH_RECORDS,
      handoverBytes: MIB,
      onSpooled: counters.spooled,
      onDrained: counters.drained,
      ...spoolLog(log),
    });
    status = { isSpooling: writer.isSpooling, isFull: spool.isFull, backlogBytes: spool.backlogBytes };
    return writer;
  };

  const connect = async (): Promise<Backend> => {
    const registry = connectRegistry(registrySettings(config));
    const encoder = await createRecordEncoder(registry, [...OUTPUT_TOPICS, LEDGER_TOPIC]);
    const claims = createNodeClaims(kafka, SERVICE, {
      encoder,
      onError: (err) => log.warn({ err }, 'what Kafka acknowledged is not in the ledger yet, trying again'),
      onForgotten: counters.unclaimed,
    });
    const writer = await connectWriter(claims);
    const sinkOn = (to: RecordWriter) =>
      createKafkaSink(
        createBatchingWriter(to, {
          lingerMs: config.LINGER_MS,
          maxBatchBytes: 4 * MIB,
          maxBatchRecords: MAX_BATCH_RECORDS,
          maxQueuedBytes: config.MAX_QUEUED_BYTES,
          maxInFlight: 1,
        }),
        { ackTimeoutMs: config.ACK_TIMEOUT_MS },
      );
    const sink = sinkOn(writer);
    const directWriter = createLazyWriter(kafkaWriter(claims));
    const direct = sinkOn(directWriter);
    const close = async () => {
      await Promise.all([sink.close(), direct.close()]);
      await Promise.all([writer.close(), directWriter.close()]);
      await claims.close();
    };
    return { encoder, sink: { ...sink, close }, direct };
  };

  const attempt = (delayMs: number): void => {
    connect().then(
      (connected) => {
        backend = connected;
        problem = null;
        log.info('connected to the schema registry and Kafka, or the spool before it');
        if (closed) void connected.sink.close();
      },
      (err: unknown) => {
        problem = problemOf(err);
        log.warn({ err, retryMs: delayMs }, 'Kafka, the schema registry or the spool is away, trying again');
        const next = Math.min(MAX_RETRY_MS, delayMs * 2);
        if (!closed) timer = setTimeout(attempt, delayMs, next);
      },
    );
  };
  attempt(FIRST_RETRY_MS);

  return {
    current: () => backend,
    problem: () => problem,
    spool: () => status,
    async close() {
      closed = true;
      clearTimeout(timer);
      await backend?.sink.close();
    },
  };
}

/** Settings that do not fit what is there, which no time heals. */
const problemOf = (error: unknown): ReadyReason | null =>
  error instanceof AtRestError || error instanceof StreamError
    ? { code: error.code, message: error.message }
    : null;

/** Said once per change, and of failing tries at most so often. */
const RETRY_LOG_MS = 30_000;

function spoolLog(log: Logger): Pick<SpoolingOptions, 'onChange' | 'onRetry' | 'onRefused'> {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  return {
    onChange: (to, err) =>
      to === 'spooling'
        ? log.warn({ err }, 'Kafka does not take events; they go to the spool')
        : log.info('the spool is empty; events go to Kafka again'),
    onRetry(err) {
      if (Date.now() - loggedAtMs < RETRY_LOG_MS) return;
      loggedAtMs = Date.now();
      log.warn({ err }, 'what is spooled cannot be written yet');
    },
    onRefused: (err) => log.error({ err }, 'Kafka refuses a spooled record for good'),
  };
}
