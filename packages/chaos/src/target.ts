import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import type { Stack } from '@fineprint/stack';
import {
  connectKafka,
  connectRegistry,
  createRecordEncoder,
  type KafkaConnection,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { openTopics } from '@fineprint/topology';

/** The product from outside: addresses, keys, clients. */
export interface Target {
  readonly stack: Stack;
  readonly writeKey: string;
  readonly apiKey: string;
  readonly kafka: KafkaConnection;
  /** Where the run fills one. */
  readonly snowflake: SnowflakeSettings | undefined;
  /** Writes straight to topics, as services outside would. */
  readonly writer: RecordWriter;
  readonly encoder: RecordEncoder;
  /** Asks ClickHouse; gives up after `timeoutMs`. */
  sql<T>(query: string, timeoutMs?: number): Promise<T[]>;
  close(): Promise<void>;
}

export interface TargetKeys {
  readonly writeKey: string;
  readonly apiKey: string;
}

const QUERY_TIMEOUT_MS = 60_000;

export async function connectTarget(
  stack: Stack,
  keys: TargetKeys,
  snowflake?: SnowflakeSettings,
): Promise<Target> {
  const { endpoints } = stack;
  const clickhouse: ClickHouseClient = createClient({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
    database: 'fineprint',
    log: { level: ClickHouseLogLevel.OFF },
  });
  const kafka = connectKafka(
    { brokers: endpoints.kafkaBrokers.split(','), clientId: 'fineprint-chaos' },
    () => undefined, // what fails comes back as an error
  );
  const writer = await kafka.writer({ deliveryTimeoutMs: 10_000 });
  const encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), openTopics);
  return {
    stack,
    ...keys,
    kafka,
    snowflake,
    writer,
    encoder,
    async sql<T>(query: string, timeoutMs = QUERY_TIMEOUT_MS) {
      const abort_signal = AbortSignal.timeout(timeoutMs);
      const answer = await clickhouse.query({ query, format: 'JSONEachRow', abort_signal });
      return answer.json<T>();
    },
    async close() {
      await writer.close().catch(() => undefined); // nothing waits in it any more
      await clickhouse.close();
    },
  };
}
