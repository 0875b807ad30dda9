import {
  createRecordEncoder,
  type KafkaConnection,
  type OutputRecord,
  type RecordEncoder,
  type RecordWriter,
  type SchemaRegistry,
} from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import type { OutboxRecord } from './outbox.ts';
import type { AlertRecord, DriftRecord } from './records.ts';

/** Writes decided records to their topics. */
export interface Publisher {
  /** Resolves once Kafka has all of them in every copy. */
  publish(records: readonly OutboxRecord[]): Promise<void>;
  close(): Promise<void>;
}

const OUTPUTS: readonly TopicName[] = nodes['drift-monitor'].routes.schedule;
const DELIVERY_TIMEOUT_MS = 20_000;

/** Connects when there is something to publish, and again after a failure to connect: Kafka may be away at the start. */
export function createPublisher(kafka: KafkaConnection, registry: SchemaRegistry): Publisher {
  let connection: Promise<{ readonly writer: RecordWriter; readonly encoder: RecordEncoder }> | undefined;

  const connect = async () => {
    const encoder = await createRecordEncoder(registry, OUTPUTS);
    return { encoder, writer: await kafka.writer({ deliveryTimeoutMs: DELIVERY_TIMEOUT_MS }) };
  };
  const connected = () => {
    connection ??= connect().catch((error: unknown) => {
      connection = undefined;
      throw error;
    });
    return connection;
  };

  return {
    async publish(records) {
      const { writer, encoder } = await connected();
      await writer.write(records.map((r) => toOutput(r, encoder)));
    },
    async close() {
      await connection?.then(({ writer }) => writer.close());
    },
  };
}

function toOutput({ topic, key, record }: OutboxRecord, encoder: RecordEncoder): OutputRecord {
  const value =
    topic === 'ai.drift'
      ? encoder.encode(topic, record as DriftRecord)
      : encoder.encode(topic, record as AlertRecord);
  return { topic, key: Buffer.from(key), value };
}
