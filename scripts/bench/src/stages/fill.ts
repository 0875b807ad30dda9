import { randomUUID } from 'node:crypto';
import {
  CLAIMED_EVENT,
  CLAIMED_HEADER,
  connectKafka,
  connectRegistry,
  createRecordEncoder,
  type KafkaSettings,
  type OutputRecord,
} from '@fineprint/stream-runtime';
import { sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import type { RecordOf } from '@fineprint/topology';

const BATCH = 5_000;
export const USERS = 20_000;
/** As many kinds of events as a product has. */
export const EVENT_NAMES = Array.from({ length: 60 }, (_, i) => `Feature ${i} Used`);
export const MODELS = ['legal-analysis-v2', 'risk-scan-v1', 'summary-v3', 'clause-finder-v1'];
const SPAN_MS = 3_600_000;

export type RawTopic = 'product.events.raw' | 'ai.requests.raw';

/** An event of about 300 bytes with nothing personal in it, as most are. */
function productEvent(n: number, nowMs: number): RecordOf<RawTopic> {
  return sampleProductEvent({
    event_id: randomUUID(),
    event_name: EVENT_NAMES[n % EVENT_NAMES.length] ?? '',
    user_id: `u${(n * 7_919) % USERS}`,
    session_id: `s${n % 1_000}`,
    event_time: nowMs - ((n * 104_729) % SPAN_MS),
    properties: JSON.stringify({
      feature: 'document_analysis',
      plan: 'pro',
      pages: n % 90,
      note: 'second reading',
    }),
    context: JSON.stringify({ app: { name: 'web', version: '4.2.1' }, locale: 'en-GB' }),
  });
}

function aiRequest(n: number, nowMs: number): RecordOf<RawTopic> {
  return sampleAiRequest({
    event_id: randomUUID(),
    user_id: `u${(n * 7_919) % USERS}`,
    model_name: MODELS[n % MODELS.length] ?? '',
    event_time: nowMs - ((n * 104_729) % SPAN_MS),
    latency_ms: 200 + ((n * 31) % 4_000),
    input_tokens: 100 + (n % 3_000),
  });
}

/** Writes events as the gateway would; resolves with how many there are in each partition's topic. */
export async function fill(
  { kafkaBrokers, schemaRegistryUrl }: { readonly kafkaBrokers: string; readonly schemaRegistryUrl: string },
  topic: RawTopic,
  count: number,
): Promise<void> {
  // As the services of the bench are told.
  const compression = process.env['KAFKA_COMPRESSION'] as KafkaSettings['compression'];
  const kafka = connectKafka(
    { brokers: kafkaBrokers.split(','), clientId: 'bench-fill', ...(compression && { compression }) },
    () => undefined,
  );
  const writer = await kafka.writer();
  const encoder = await createRecordEncoder(connectRegistry(schemaRegistryUrl), [topic]);
  const make = topic === 'ai.requests.raw' ? aiRequest : productEvent;
  const nowMs = Date.now();
  for (let from = 0; from < count; from += BATCH) {
    const records = Array.from({ length: Math.min(BATCH, count - from) }, (_, i): OutputRecord => {
      const n = from + i;
      const key = Buffer.from(`u${(n * 7_919) % USERS}`);
      return {
        topic,
        key,
        value: encoder.encode(topic, make(n, nowMs)),
        headers: { [CLAIMED_HEADER]: CLAIMED_EVENT },
      };
    });
    await writer.write(records);
  }
  await writer.close();
}
