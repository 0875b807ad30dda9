import {
  CLAIMED_EVENT,
  CLAIMED_HEADER,
  createRecordEncoder,
  type KafkaConnection,
  LEDGER_TOPIC,
  type SchemaRegistry,
} from '@fineprint/stream-runtime';
import {
  type NodeDefinition,
  type NodeName,
  nodes,
  type RecordOf,
  type TopicName,
} from '@fineprint/topology';
import { createNodeClaims } from './node-claims.ts';

/** A record that was decided on, such as an outbox holds it. */
export interface PublishedRecord {
  readonly topic: TopicName;
  readonly key: string;
  readonly record: object;
}

/** Writes what a node without input topics decided on, and claims it in the ledger. */
export interface Publisher {
  /** Resolves once Kafka has all of them in every copy. */
  publish(records: readonly PublishedRecord[]): Promise<void>;
  close(): Promise<void>;
}

const DELIVERY_TIMEOUT_MS = 20_000;

/** Connects when there is something to publish, and again after a failure to connect: Kafka may be away at the start. */
export function createNodePublisher(
  kafka: KafkaConnection,
  registry: SchemaRegistry,
  node: NodeName,
  onError: (error: unknown) => void,
): Publisher {
  const { routes }: NodeDefinition = nodes[node];
  const outputs = [...(routes.schedule ?? []), LEDGER_TOPIC] as const;

  const connect = async () => {
    const encoder = await createRecordEncoder(registry, outputs);
    // Readers show what is never claimed as unconfirmed; there is nobody else to tell of it.
    const claims = createNodeClaims(kafka, node, { encoder, onError, onForgotten: () => undefined });
    const options = { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS, onAcknowledged: claims.acknowledged };
    return { encoder, claims, writer: await kafka.writer(options) };
  };
  let connection: ReturnType<typeof connect> | undefined;
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
      await writer.write(
        records.map(({ topic, key, record }) => ({
          topic,
          key: Buffer.from(key),
          value: encoder.encode(topic, record as RecordOf<TopicName>),
          headers: { [CLAIMED_HEADER]: CLAIMED_EVENT },
        })),
      );
    },
    async close() {
      await connection?.then(async ({ writer, claims }) => {
        await writer.close();
        await claims.close();
      });
    },
  };
}
