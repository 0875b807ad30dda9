import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import type { TopicName } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { seeded } from './random.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const SOURCE = `exactly-once-${randomUUID().slice(0, 8)}`;
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const BATCHES = 60;
const BATCH_EVENTS = 50;
const DIRECT_RECORDS = 600;
const GARBAGE_RECORDS = 30;
const STARTED_MS = Date.now() - 60_000;

/** Of each service. */
const INSTANCES = 3;
const STORED_WITHIN_MS = 120_000;

const services: ServiceProcess[] = [];
const gateways: ServiceProcess[] = [];
let clickhouse: ClickHouseClient;
let kafka: KafkaConnection;
let writer: RecordWriter;
let key: string;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(SOURCE);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  await pool.end();
  writer = await kafka.writer();
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), LOG_LEVEL: 'info' };
  for (let instance = 0; instance < INSTANCES; instance++) {
    const started = await Promise.all([
      startService('ingest-gateway', settings),
      startService('pii-scrubber', settings),
      startService('warehouse-loader', settings),
    ]);
    services.push(...started);
    gateways.push(started[0]);
    // The first one registers the schemas.
    if (instance === 0) await Promise.all(services.map((s) => s.ready()));
  }
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await writer?.close();
  await clickhouse?.close();
});

/** Posts a batch as a producer behind a load balancer would: the same ids again, to any gateway, until it is answered. */
async function postUntilAccepted(events: readonly object[], random: () => number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const gateway = gateways[Math.floor(random() * INSTANCES)];
    const answer = await fetch(`${gateway?.url}/api/v1/product/events/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 202) return;
    if (answer !== undefined && answer.status < 500 && answer.status !== 429)
      throw new Error(`answered ${answer.status}`);
    await sleep(200);
  }
  throw new Error('never accepted');
}

async function publishDirect(count: number, random: () => number): Promise<string[]> {
  const encoder = await createRecordEncoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), [
    'ai.requests.raw',
  ]);
  const ids = Array.from({ length: count }, () => randomUUID());
  const records = ids.map((event_id) => ({
    topic: 'ai.requests.raw' as const,
    partition: Math.floor(random() * 6),
    key: Buffer.from(event_id),
    value: encoder.encode('ai.requests.raw', sampleAiRequest({ event_id, source: SOURCE })),
  }));
  // A tenth of them twice, to another partition even: the identity counts, not the place.
  const repeats = records
    .filter(() => random() < 0.1)
    .map((r) => ({ ...r, partition: (r.partition + 1) % 6 }));
  await writer.write([...records, ...repeats]);
  return ids;
}

async function publishGarbage(count: number, random: () => number): Promise<void> {
  const kinds = [
    Buffer.from(`{"json":"${SOURCE}"}`),
    Buffer.from([0, 0, 0, 0]),
    Buffer.alloc(0),
    Buffer.concat([Buffer.from([0, 127, 0, 0, 1]), Buffer.from(SOURCE)]),
  ];
  await writer.write(
    Array.from({ length: count }, (_, i) => ({
      topic: 'product.events.raw' as const,
      partition: Math.floor(random() * 6),
      key: Buffer.from(SOURCE),
      value: kinds[i % kinds.length] as Buffer,
    })),
  );
}

async function storedIds(table: 'product_events' | 'ai_requests'): Promise<string[]> {
  const result = await clickhouse.query({
    query: `SELECT toString(event_id) AS id FROM fineprint.${table} WHERE source = {source:String}`,
    query_params: { source: SOURCE },
    format: 'JSONEachRow',
  });
  return (await result.json<{ id: string }>()).map((r) => r.id);
}

async function deadLetters(): Promise<Set<string>> {
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const topic: TopicName = 'dead-letter.pii-scrubber';
  const found = new Set<string>();
  await kafka.readRange({
    topics: [topic],
    sinceMs: STARTED_MS,
    onRecords: async (_t, _p, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const r of records) {
        const decoded = decoder.decode(topic, r.value);
        if (decoded.ok && decoded.record.key?.toString() === SOURCE) found.add(decoded.record.dead_letter_id);
      }
    },
  });
  return found;
}

it(`three instances of each service, killed at any moment, store every acknowledged event exactly once (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  const sample = sampleProductEvent();
  const accepted: string[] = [];
  let sending = true;
  const killing = (async () => {
    while (sending) {
      await sleep(1_000 + random() * 1_500);
      const victim = services[Math.floor(random() * services.length)];
      if (sending) await victim?.killAndRestart();
    }
  })();
  for (let batch = 0; batch < BATCHES; batch++) {
    const ids = Array.from({ length: BATCH_EVENTS }, () => randomUUID());
    // A fifth of every batch repeats what was accepted before.
    const repeats = accepted.filter(() => random() < 10 / Math.max(1, accepted.length));
    const events = [...ids, ...repeats].map((event_id) => ({
      event_id,
      event_name: sample.event_name,
      user_id: `user-${Math.floor(random() * 50)}`,
      properties: { note: `mail ${event_id.slice(0, 8)}@example.com`, batch },
    }));
    await postUntilAccepted(events, random);
    accepted.push(...ids);
    await sleep(50);
  }
  const direct = await publishDirect(DIRECT_RECORDS, random);
  await publishGarbage(GARBAGE_RECORDS, random);
  sending = false;
  await killing;
  await Promise.all(services.map((s) => s.ready()));

  const deadlineMs = Date.now() + STORED_WITHIN_MS;
  for (;;) {
    const [products, requests] = [await storedIds('product_events'), await storedIds('ai_requests')];
    const done = new Set(products).size >= accepted.length && new Set(requests).size >= direct.length;
    if (done || Date.now() > deadlineMs) break;
    await sleep(500);
  }
  await sleep(2_000); // a duplicate would come late
  const products = await storedIds('product_events');
  const requests = await storedIds('ai_requests');
  expect({ lost: accepted.filter((id) => !products.includes(id)).length, stored: products.length }).toEqual({
    lost: 0,
    stored: accepted.length,
  });
  expect(new Set(requests)).toEqual(new Set(direct));
  expect(requests).toHaveLength(direct.length);
  expect(await deadLetters()).toHaveProperty('size', GARBAGE_RECORDS);

  const leak = await clickhouse.query({
    query:
      "SELECT count() AS n FROM fineprint.product_events WHERE source = {source:String} AND properties LIKE '%example.com%'",
    query_params: { source: SOURCE },
    format: 'JSONEachRow',
  });
  expect(await leak.json()).toEqual([{ n: 0 }]);
  for (const service of services) expect(service.log()).not.toContain('@example.com');
}, 300_000);
