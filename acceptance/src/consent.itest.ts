import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONSENT_HEADER } from '@fineprint/consent';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleConsentUpdate, sampleProductEvent } from '@fineprint/stream-testing';
import type { RecordOf, TopicName } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const SOURCE = `consent-${randomUUID().slice(0, 8)}`;
const STARTED_MS = Date.now() - 60_000;
const SCRUBBERS = 3;
const USERS = 24;
const PARTITIONS = 6;
const SOON = { timeout: 120_000, interval: 500 };
vi.setConfig({ testTimeout: 300_000, hookTimeout: 180_000 });

const services: ServiceProcess[] = [];
let gateway: ServiceProcess;
let scrubbers: ServiceProcess[];
let kafka: KafkaConnection;
let writer: RecordWriter;
let encoder: RecordEncoder;
let pool: Pool;
let key: string;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(SOURCE);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  writer = await kafka.writer();
  encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [
    'consent.updates',
    'product.events.raw',
  ]);
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), GDPR_COMPLIANT: 'true', LOG_LEVEL: 'warn' };
  gateway = await startService('ingest-gateway', settings);
  scrubbers = await Promise.all(
    Array.from({ length: SCRUBBERS }, () => startService('pii-scrubber', settings)),
  );
  services.push(gateway, ...scrubbers);
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await writer?.close();
  await pool?.end();
});

async function post(path: string, body: object): Promise<void> {
  const answer = await fetch(`${gateway.url}/api/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([path, answer.status, await answer.text()]).toMatchObject([path, 202, expect.anything()]);
}

/** As a service does that publishes by itself: to any partition. */
const publish = <T extends 'consent.updates' | 'product.events.raw'>(topic: T, record: RecordOf<T>) =>
  writer.write([
    {
      topic,
      partition: Math.floor(Math.random() * PARTITIONS),
      key: Buffer.from(record.user_id ?? ''),
      value: Buffer.from(encoder.encode(topic, record)),
    },
  ]);

/** A person by one of the two ways in. Whatever is said or done resolves once it is acknowledged. */
function personOf(n: number) {
  const user_id = `${SOURCE}-${n}`;
  const isDirect = n % 2 === 0;
  return {
    say: (categories: Record<string, boolean>) =>
      isDirect
        ? publish('consent.updates', {
            ...sampleConsentUpdate({ event_id: randomUUID(), event_time: Date.now(), source: SOURCE }),
            ...{ user_id, categories },
          })
        : post('privacy/consent', { user_id, categories, jurisdiction: 'GDPR', method: 'api' }),
    async act(event_time?: number) {
      const event_id = randomUUID();
      if (isDirect)
        await publish('product.events.raw', {
          ...sampleProductEvent({ event_id, event_time: event_time ?? Date.now(), source: SOURCE }),
          user_id,
        });
      else
        await post('product/events', {
          event_id,
          user_id,
          event_name: 'act',
          ...(event_time ? { event_time } : {}),
        });
      return event_id;
    },
  };
}

/** This run's records of a topic, by event id; a repeat of a crashed writer counts once. */
async function read<T extends TopicName>(topic: T, isOwn: (record: RecordOf<T>) => boolean) {
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const found = new Map<string, { record: RecordOf<T>; stamp: string | undefined }>();
  await kafka.readRange({
    topics: [topic],
    sinceMs: STARTED_MS,
    onRecords: async (_topic, _partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value, headers } of records) {
        const decoded = decoder.decode(topic, value);
        if (!decoded.ok || !isOwn(decoded.record)) continue;
        const { event_id: id } = decoded.record as { event_id: string };
        found.set(id, { record: decoded.record, stamp: headers[CONSENT_HEADER]?.toString() });
      }
    },
  });
  return found;
}

it('under GDPR an event sees each consent that was acknowledged before it, whichever way both came and whoever is killed', async () => {
  const kept: string[] = [];
  const dropped: string[] = [];
  const live = async (n: number) => {
    const { say, act } = personOf(n);
    dropped.push(await act());
    await sleep(2); // a millisecond is as fine as times are
    await say({ analytics: true, marketing: n % 3 === 0 });
    kept.push(await act());
    await sleep(2);
    const beforeMs = Date.now();
    await sleep(2);
    await say({ analytics: false });
    dropped.push(await act());
    kept.push(await act(beforeMs));
  };
  const kills = (async () => {
    for (const scrubber of scrubbers.slice(0, 2)) {
      await sleep(150);
      await scrubber.killAndRestart();
    }
  })();
  for (let from = 0; from < USERS; from += 4)
    await Promise.all(Array.from({ length: 4 }, (_, i) => live(from + i)));
  await kills;

  const said = await vi.waitFor(async () => {
    const notes = await read('pipeline.notes', (n) => n.event_id !== null && dropped.includes(n.event_id));
    expect(notes.size).toBe(dropped.length);
    const clean = await read('product.events.clean', (e) => e.source === SOURCE);
    expect(clean.size).toBeGreaterThanOrEqual(kept.length);
    return { notes: [...notes.values()].map((n) => n.record.reason), clean };
  }, SOON);
  expect(new Set(said.notes)).toEqual(new Set(['no_consent']));
  expect([...said.clean.keys()].sort()).toEqual(kept.toSorted());
  for (const { record, stamp } of said.clean.values()) {
    const n = Number(record.user_id?.split('-').at(-1));
    expect(stamp).toBe(`analytics=granted,marketing=${n % 3 === 0 ? 'granted' : 'denied'},ai=denied`);
  }
  const { rows } = await pool.query(
    'SELECT count(*)::int AS records, count(DISTINCT user_id)::int AS users FROM fineprint.consent_records WHERE source = $1',
    [SOURCE],
  );
  expect(rows).toEqual([{ records: 2 * USERS, users: USERS }]);
});
