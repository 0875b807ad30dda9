import { randomUUID } from 'node:crypto';
import { useTestStack } from '@fineprint/stack/testing';
import { sampleConsentUpdate } from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GroupConsumer, InputRecord, Lease, OutputRecord, RecordWriter } from '../ports.ts';
import { createRecordDecoder } from '../record-decoder.ts';
import { createRecordEncoder, type RecordEncoder } from '../record-encoder.ts';
import type { TopicAdmin } from './admin.ts';
import { connectKafka, type KafkaConnection } from './connect.ts';
import { connectRegistry } from './registry.ts';

const TOPIC = 'consent.updates';
/** toPositive(murmur2(key)) % 6, printed by kafka-clients 4.2.0's own Utils. */
const JAVA_PLACES = { 'user-1': 2, a: 4, 'user-42': 4, '0190-x': 5, anonymous: 4 };
const SETTINGS = { replicationFactor: 1, rawRetentionHours: 72 };
let kafka: KafkaConnection;
let admin: TopicAdmin;
let writer: RecordWriter;
let encoder: RecordEncoder;
const consumers: GroupConsumer[] = [];

beforeAll(async () => {
  const { endpoints } = useTestStack();
  kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId: 'test' }, () => undefined);
  admin = await kafka.admin();
  await admin.applyTopology(SETTINGS);
  writer = await kafka.writer();
  encoder = await createRecordEncoder(
    connectRegistry(endpoints.schemaRegistryUrl),
    Object.keys(topics) as TopicName[],
  );
});
afterAll(async () => {
  await Promise.all(consumers.map((c) => c.stop()));
  await writer?.close();
  await admin?.close();
});

const record = (change: Partial<OutputRecord> = {}): OutputRecord => ({
  topic: TOPIC,
  partition: 0,
  key: Buffer.from('k'),
  value: encoder.encode(TOPIC, sampleConsentUpdate({ event_id: randomUUID() })),
  ...change,
});

/** A consumer of its own group that starts at the present ends and gathers what comes. */
async function gather(groupId = `test.${randomUUID()}`, seek = true) {
  const got: (InputRecord & { partition: number })[] = [];
  const leases = new Map<number, Lease>();
  const consumer = kafka.consumer({ groupId, topics: [TOPIC], sessionTimeoutMs: 6_000 });
  consumers.push(consumer);
  const ends = new Map((await admin.watermarks(TOPIC)).map((w) => [w.partition, w.high]));
  const onAssigned = vi.fn();
  await consumer.start({
    onAssigned,
    onRevoked: () => undefined,
    onBatch({ partition, records }, lease) {
      leases.set(partition, lease);
      got.push(
        ...records
          .filter((r) => !seek || r.offset >= (ends.get(partition) ?? 0))
          .map(({ offset, timestampMs, key, value, headers }) => ({
            ...{ offset, timestampMs, key, value, headers },
            partition,
          })),
      );
      return Promise.resolve();
    },
  });
  await vi.waitFor(() => expect(onAssigned).toHaveBeenCalled(), { timeout: 20_000 });
  return { got, leases, consumer, onAssigned, groupId };
}
const settle = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

describe('topics', () => {
  it('are created once, and a second time there is nothing to do', async () => {
    expect(await admin.applyTopology(SETTINGS)).toEqual({ create: [], alter: [], refuse: [] });
    expect(await admin.topicProblems(Object.keys(topics) as TopicName[])).toEqual([]);
  });

  it('take another retention, and keep their other settings', async () => {
    expect((await admin.applyTopology({ ...SETTINGS, rawRetentionHours: 24 })).alter.length).toBeGreaterThan(
      0,
    );
    expect((await admin.applyTopology(SETTINGS)).alter.length).toBeGreaterThan(0);
    // A broker hears of a change from its controller, a moment later.
    await settle(async () =>
      expect(await admin.applyTopology(SETTINGS)).toMatchObject({ alter: [], refuse: [] }),
    );
  });
});

describe('writer and consumer', () => {
  it('keep order per partition, key, headers and time, and the registry knows the schema', async () => {
    const reader = await gather();
    const sent = Array.from({ length: 500 }, (_, i) =>
      record({ partition: i % 3, headers: { n: String(i) } }),
    );
    for (const from of [0, 100, 200, 300, 400]) await writer.write(sent.slice(from, from + 100));
    await settle(() => expect(reader.got).toHaveLength(500));
    for (const partition of [0, 1, 2]) {
      const mine = reader.got.filter((r) => r.partition === partition);
      expect(mine.map((r) => Number(String(r.headers['n'])))).toEqual(
        sent.filter((s) => s.partition === partition).map((s) => Number(s.headers?.['n'])),
      );
    }
    const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), () =>
      Date.now(),
    );
    await decoder.prepare(reader.got.map((r) => r.value));
    expect(reader.got.every((r) => decoder.decode(TOPIC, r.value).ok)).toBe(true);
    // Raw topics stamp the time of receipt, whatever the producer says.
    expect(Math.abs((reader.got[0]?.timestampMs ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('place keys as Kafka’s Java client does', async () => {
    const reader = await gather();
    const keyed = Object.keys(JAVA_PLACES).map((key): OutputRecord => {
      const { partition: _chosen, ...rest } = record({ key: Buffer.from(key) });
      return rest;
    });
    await writer.write(keyed);
    await settle(() => expect(reader.got).toHaveLength(keyed.length));
    expect(Object.fromEntries(reader.got.map((r) => [String(r.key), r.partition]))).toEqual(JAVA_PLACES);
  });

  it('refuse what is too large by name', async () => {
    const value = Buffer.alloc(topics[TOPIC].maxMessageBytes + 1_000);
    await expect(writer.write([record({ value })])).rejects.toMatchObject({
      code: 'record_too_large',
      retriable: false,
    });
    await writer.write([record()]);
  });

  it('take more at once than one batch may hold, in order', async () => {
    const reader = await gather();
    const padding = 'x'.repeat(200_000);
    const sent = Array.from({ length: 40 }, (_, i) => record({ headers: { n: String(i), padding } }));
    await writer.write(sent);
    await settle(() =>
      expect(reader.got.map((r) => Number(String(r.headers['n'])))).toEqual(sent.map((_, i) => i)),
    );
  });

  it('read what any client has compressed', async () => {
    const reader = await gather();
    const { endpoints } = useTestStack();
    const client = new Kafka({ brokers: endpoints.kafkaBrokers.split(','), logLevel: logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    for (const compression of [1, 2, 3, 4]) {
      await producer.send({
        topic: TOPIC,
        compression,
        messages: [{ partition: 1, value: 'x'.repeat(10_000), key: String(compression) }],
      });
    }
    await producer.disconnect();
    await settle(() => expect(reader.got.map((r) => String(r.key))).toEqual(['1', '2', '3', '4']));
    expect(reader.got.every((r) => r.value?.toString() === 'x'.repeat(10_000))).toBe(true);
  });

  it('go on where a group has committed', async () => {
    const first = await gather();
    await writer.write([record(), record()]);
    await settle(() => expect(first.got).toHaveLength(2));
    const lease = first.leases.get(0);
    const next = (first.got.at(-1)?.offset ?? 0) + 1;
    expect(lease && (await first.consumer.commit(lease, TOPIC, 0, next))).toBe(true);
    expect((await admin.committed(first.groupId, TOPIC))[0]).toEqual({ partition: 0, nextOffset: next });
    await first.consumer.stop();
    expect(lease && (await first.consumer.commit(lease, TOPIC, 0, next))).toBe(false);
    const second = await gather(first.groupId, false);
    await writer.write([record({ headers: { mark: 'new' } })]);
    await settle(() => expect(second.got.some((r) => String(r.headers['mark']) === 'new')).toBe(true));
    expect(second.got.filter((r) => r.partition === 0)).toHaveLength(1);
  });

  it('void a lease once another member has joined', async () => {
    const first = await gather();
    await writer.write([record()]);
    await settle(() => expect(first.got).toHaveLength(1));
    const lease = first.leases.get(0);
    expect(lease?.owned()).toBe(true);
    const second = await gather(first.groupId);
    await settle(() => expect(lease?.owned()).toBe(false));
    const before = await admin.committed(first.groupId, TOPIC);
    expect(lease && (await first.consumer.commit(lease, TOPIC, 0, 1_000_000))).toBe(false);
    expect(await admin.committed(first.groupId, TOPIC)).toEqual(before);
    const held = [first, second].map((m) => m.onAssigned.mock.lastCall?.[0].length ?? 0);
    expect(held.reduce((a, b) => a + b, 0)).toBe(topics[TOPIC].partitions);
  });
});

describe('registry', () => {
  it('registers a subject whose first registration ended before its compatibility was set', async () => {
    const url = useTestStack().endpoints.schemaRegistryUrl;
    const subject = 'dead-letter.warehouse-loader-value';
    await fetch(`${url}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ compatibility: 'NONE' }),
    });
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => connectRegistry(url).register('dead-letter.warehouse-loader')),
    );
    expect(new Set(ids).size).toBe(1);
    const config = await fetch(`${url}/config/${subject}`);
    expect(await config.json()).toEqual({ compatibilityLevel: 'BACKWARD_TRANSITIVE' });
  });
});

describe('readRange', () => {
  it('reads every partition up to its end at the call, and leaves no group behind', async () => {
    const since = Date.now();
    await new Promise((r) => setTimeout(r, 20));
    await writer.write(
      Array.from({ length: 60 }, (_, i) => record({ partition: i % 6, headers: { range: String(i) } })),
    );
    const seen: string[] = [];
    await kafka.readRange({
      topics: [TOPIC],
      sinceMs: since,
      onRecords: (_t, _p, records) => {
        seen.push(...records.map((r) => String(r.headers['range'])));
        return Promise.resolve();
      },
    });
    expect(seen.sort()).toEqual(Array.from({ length: 60 }, (_, i) => String(i)).sort());
  });

  it('reads one partition up to an offset', async () => {
    await writer.write(Array.from({ length: 12 }, (_, i) => record({ partition: i % 2 })));
    const admin = await kafka.admin();
    const ends = await admin.watermarks(TOPIC);
    await admin.close();
    const { low = 0, high = 0 } = ends.find((e) => e.partition === 1) ?? {};
    const seen: number[] = [];
    await kafka.snapshotReader().readBefore(TOPIC, 1, high - 2, (records) => {
      seen.push(...records.map((r) => r.offset));
      return Promise.resolve();
    });
    expect(seen).toEqual(Array.from({ length: high - 2 - low }, (_, i) => low + i));
    await kafka.snapshotReader().readBefore(TOPIC, 1, low, () => Promise.reject(new Error('none')));
  });

  it('is done at once when there is nothing', async () => {
    await kafka.readRange({
      topics: [TOPIC],
      sinceMs: Date.now() + 60_000,
      onRecords: () => Promise.reject(new Error('none')),
    });
  });
});
