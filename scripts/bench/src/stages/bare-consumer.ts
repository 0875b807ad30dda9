/**
 * What Node and the Kafka client can do: reads a topic from its start, decodes each record, and does nothing with it.
 *   node bare-consumer.ts {"brokers":"…","topic":"…"}
 */
import { randomUUID } from 'node:crypto';
import { latestSchema } from '@fineprint/schemas';
import { WIRE_HEADER_BYTES } from '@fineprint/stream-runtime';
import avro from 'avsc';
import { Kafka, logLevel } from 'kafkajs';
import type { RawTopic } from './fill.ts';

export interface BareOptions {
  readonly brokers: string;
  readonly topic: RawTopic;
}

const { brokers, topic } = JSON.parse(process.argv[2] ?? '{}') as BareOptions;
const { schema } = latestSchema(topic === 'ai.requests.raw' ? 'AiRequest' : 'ProductEvent');
const type = avro.Type.forSchema(schema as avro.Schema);
const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'bench-bare', logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `bench-bare-${randomUUID()}` });
let records = 0;
process.on('message', () => process.send?.(records));
process.on('disconnect', () => process.exit());

await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 6,
  async eachBatch({ batch, resolveOffset }) {
    for (const { value } of batch.messages)
      if (value !== null) {
        type.fromBuffer(value.subarray(WIRE_HEADER_BYTES));
        records++;
      }
    resolveOffset(batch.lastOffset());
  },
});
