import { randomUUID } from 'node:crypto';
import type { StackEndpoints } from '@fineprint/stack';
import {
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  type PartitionBatch,
} from '@fineprint/stream-runtime';
import type { Lane } from './journeys.ts';

const TOPICS = ['product.events.clean', 'ai.requests.clean'] as const;
export type CleanTopic = (typeof TOPICS)[number];

export interface CleanTail {
  /** What has come so far, by `topic/partition`. */
  readonly lanes: ReadonlyMap<string, Lane>;
  close(): Promise<void>;
}

/** Reads the clean topics as they are written, in a group of its own: which event lies where, and when it came. */
export async function tailClean(endpoints: StackEndpoints): Promise<CleanTail> {
  const run = `bench-latency-${randomUUID().slice(0, 8)}`;
  const kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: run }, () => undefined);
  const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
  const lanes = new Map<string, Lane>();
  const onBatch = async ({ topic, partition, records }: PartitionBatch) => {
    const cleanMs = Date.now();
    const place = `${topic}/${partition}`;
    const lane = lanes.get(place) ?? { stored: 0, counted: 0, shown: 0, journeys: [] };
    lanes.set(place, lane);
    await decoder.prepare(records.map(({ value }) => value));
    for (const { offset, timestampMs, value } of records) {
      const decoded = decoder.decode(topic as CleanTopic, value);
      if (!decoded.ok) throw new Error(`${place} ${offset}: ${decoded.code}`);
      lane.journeys.push({
        ...{ kind: topic === 'ai.requests.clean' ? 'ai' : 'product', partition, offset },
        ...{ postedMs: decoded.record.event_time, receivedMs: timestampMs, cleanMs },
        ...{ storedMs: null, countedMs: null, shownMs: null },
      });
    }
  };
  const consumer = kafka.consumer({ groupId: run, topics: TOPICS });
  const joined = Promise.withResolvers<void>();
  await consumer.start({ onBatch, onAssigned: () => joined.resolve(), onRevoked: () => undefined });
  await joined.promise;
  return { lanes, close: () => consumer.stop() };
}
