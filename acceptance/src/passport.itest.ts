import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { saveDefinition } from '@fineprint/definitions';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { createApiKey } from '@fineprint/query-api/api-keys';
import type { Passport } from '@fineprint/query-api/passport';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import {
  sampleAiFeedback,
  sampleAiRequest,
  sampleConsentUpdate,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import type { RecordOf } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = randomUUID().slice(0, 8);
const STARTED_MS = Date.now() - 60_000;
const EMAIL = `jane.${RUN}@example.com`;
const SETTLES_WITHIN_MS = 90_000;
/** Several passports, each of which may take that long on a loaded machine. */
vi.setConfig({ testTimeout: 400_000 });
const INPUTS = ['product.events.raw', 'ai.requests.raw', 'ai.feedback.raw', 'consent.updates'] as const;

const STAGES = [
  'pii-scrubber',
  'warehouse-loader',
  'ai-aggregator',
  'funnel-builder',
  'person-builder',
] as const;

const services: ServiceProcess[] = [];
let gateway: ServiceProcess;
let scrubber: ServiceProcess;
let loader: ServiceProcess;
let kafka: KafkaConnection;
let writer: RecordWriter;
let encoder: RecordEncoder;
let writeKey: string;
let apiKey: string;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(RUN);
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  writeKey = (await createWriteKey(pool, { source: RUN })).key;
  apiKey = (await createApiKey(pool, { name: RUN, role: 'operator' })).key;
  const steps = ['view', 'buy'].map((event) => ({ event: `${event}-${RUN}` }));
  await saveDefinition(pool, 'funnel', { name: `f-${RUN}`, windowMs: 3_600_000, steps }, 'test');
  await pool.end();
  writer = await kafka.writer();
  encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), INPUTS);
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), LOG_LEVEL: 'info' };
  const start = async (...args: Parameters<typeof startService>) => {
    const service = await startService(...args);
    services.push(service); // stopped at the end, whatever comes
    return service;
  };
  const api = await start('query-api', settings);
  gateway = await start('ingest-gateway', { ...settings, QUERY_API_URL: api.url });
  scrubber = await start('pii-scrubber', settings);
  loader = await start('warehouse-loader', settings);
  for (const name of ['ai-aggregator', 'funnel-builder', 'person-builder'] as const)
    await start(name, settings);
  await Promise.all(services.map((service) => service.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await writer?.close();
});

const publish = <T extends (typeof INPUTS)[number]>(topic: T, record: RecordOf<T>) =>
  writer.write([{ topic, key: Buffer.from(RUN), value: encoder.encode(topic, record) }]);

async function post(event: object): Promise<number> {
  const answer = await fetch(`${gateway.url}/api/v1/product/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  await answer.body?.cancel();
  return answer.status;
}

/** Through the gateway, as everybody asks. */
async function ask(id: string): Promise<{ status: number; body: Passport & { code?: string } }> {
  const answer = await fetch(`${gateway.url}/api/v1/events/${id}/passport`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return { status: answer.status, body: (await answer.json()) as Passport };
}

/** Other tests leave groups of stages that run no more, and whose turn never comes. */
const openOf = ({ open }: Passport) => open.filter(({ stage }) => STAGES.some((name) => name === stage));

/** The passport once its stages say so much of it, and nothing is open at them. */
async function passportOf(id: string, expected: readonly string[]): Promise<Passport> {
  const deadlineMs = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const { status, body } = await ask(id);
    const is = status === 200 ? said(body) : [];
    const done = is.length >= expected.length && openOf(body).length === 0 && body.hops.every(hasLedger);
    if (done || Date.now() > deadlineMs) {
      expect(is, JSON.stringify(body)).toEqual(expected);
      expect(openOf(body)).toEqual([]);
      return body;
    }
    await sleep(500);
  }
}

/** A duplicate's note comes before the entry of its run, and so does a row. */
const hasLedger = ({ ledger, stage }: Passport['hops'][number]) =>
  ledger !== null || stage === 'producer' || stage === 'ingest-gateway';
/** Where the gateway claims what it wrote, it is named; a producer otherwise. */
const said = ({ hops }: Passport) =>
  hops.map(({ stage, outcome }) => (outcome === 'received' ? outcome : `${stage} ${outcome}`));

const stored = ['pii-scrubber passed', 'warehouse-loader stored'];
const counted = ['funnel-builder applied', 'person-builder applied'];

it('of an event of each kind names every place, and what it was counted into', async () => {
  const [product, request, feedback, consent] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  expect(await post({ event_id: product, event_name: `view-${RUN}`, user_id: `u-${RUN}` })).toBe(202);
  const event_time = Date.now();
  await publish('ai.requests.raw', sampleAiRequest({ event_id: request, event_time }));
  await publish(
    'ai.feedback.raw',
    sampleAiFeedback({ event_id: feedback, request_id: request, comment: 'ok' }),
  );
  await publish('consent.updates', sampleConsentUpdate({ event_id: consent }));
  const first = await passportOf(product, ['received', ...stored, ...counted]);
  expect(first.status).toBe('stored');
  const counting = await passportOf(request, ['received', ...stored, 'ai-aggregator counted']);
  const minute = new Date(event_time - (event_time % 60_000)).toISOString();
  expect(counting.hops.at(-1)).toMatchObject({ window: { start: minute }, row: { table: 'ai_metrics' } });
  await passportOf(feedback, ['received', ...stored]);
  await passportOf(consent, ['received', ...stored]);
});

it('of an event sent twice tells of both and what was taken out, though stages were killed meanwhile', async () => {
  const id = randomUUID();
  const event = {
    ...{ event_id: id, event_name: `buy-${RUN}`, user_id: `u-${RUN}` },
    properties: { note: `write to ${EMAIL}`, [EMAIL]: { ip: '203.0.113.7' } },
  };
  expect(await post(event)).toBe(202);
  await scrubber.killAndRestart();
  await loader.killAndRestart();
  expect(await post(event)).toBe(202);
  await scrubber.killAndRestart();
  await Promise.all(services.map((service) => service.ready()));
  const way = ['received', 'pii-scrubber scrubbed', 'warehouse-loader stored', ...counted];
  const passport = await passportOf(id, [...way, 'pii-scrubber duplicate']);
  const [received, scrubbed] = passport.hops;
  expect(scrubbed?.changes).toEqual([
    { type: 'EMAIL', path: 'properties.note' },
    { type: 'EMAIL', path: 'properties' },
    { type: 'IP_ADDRESS', path: 'properties.[EMAIL].ip' },
  ]);
  expect(passport.hops.at(-1)?.first).toEqual(received?.result);
  const { partition, offset } = passport.hops.at(-1)?.record ?? {};
  expect({ partition, offset }).not.toEqual({
    partition: received?.result?.partition,
    offset: received?.result?.offset,
  });
  expect(JSON.stringify(passport)).not.toMatch(/jane|203\.0\.113/);
});

it('of what was refused names the reason, and the dead letter, which finds it too', async () => {
  const [atGateway, atScrubber] = [randomUUID(), randomUUID()];
  expect(await post({ event_id: atGateway, event_name: 7 })).toBe(400);
  const bad = sampleProductEvent({
    ...{ event_id: atScrubber, event_name: `view-${RUN}`, user_id: `u-${RUN}`, properties: '{"a":' },
    event_time: Date.now(),
  });
  await publish('product.events.raw', bad);
  const refused = await passportOf(atGateway, ['ingest-gateway dead_lettered']);
  expect(refused).toMatchObject({
    status: 'dead_lettered',
    hops: [
      { reason: 'wrong_type', paths: ['$.event_name'], result: { topic: 'dead-letter.ingest-gateway' } },
    ],
  });
  const letter = await passportOf(atScrubber, ['pii-scrubber dead_lettered']);
  expect(letter).toMatchObject({ status: 'dead_lettered', hops: [{ reason: 'invalid_json' }] });
  expect(letter.hops[0]?.dead_letter_id).toBe(await letterIdOf(atScrubber));
  expect((await ask(letter.hops[0]?.dead_letter_id ?? '')).body).toEqual(letter);

  // Sent again once it is mended, under its own id.
  await publish('product.events.raw', { ...bad, properties: '{}' });
  const mended = ['pii-scrubber dead_lettered', 'received', ...stored, ...counted];
  expect((await passportOf(atScrubber, mended)).status).toBe('stored');
});

it('of an unknown event is not there', async () => {
  expect(await ask(randomUUID())).toMatchObject({ status: 404, body: { code: 'unknown_event' } });
});

/** As Kafka has it. */
async function letterIdOf(eventId: string): Promise<string | undefined> {
  const topic = 'dead-letter.pii-scrubber';
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const found: string[] = [];
  await kafka.readRange({
    topics: [topic],
    sinceMs: STARTED_MS,
    onRecords: async (_topic, _partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value } of records) {
        const decoded = decoder.decode(topic, value);
        if (decoded.ok && decoded.record.event_id === eventId) found.push(decoded.record.dead_letter_id);
      }
    },
  });
  return found[0];
}
