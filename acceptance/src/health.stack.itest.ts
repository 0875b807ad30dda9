import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createTopic, deleteTopic, setOffset } from '@fineprint/stack/testing/topics';
import {
  connectKafka,
  connectRegistry,
  createRecordEncoder,
  type KafkaConnection,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleConsentUpdate } from '@fineprint/stream-testing';
import { deadLetterOf, type TopicName } from '@fineprint/topology';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OwnStack, openOwnStack } from './own-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

/** Every reason for which /ready says no, brought about with real parts of its own. */
const IN = 'consent.updates';
const OUT = 'consent.clean';
const GROUP = 'fineprint.pii-scrubber';
const EVENTUALLY = { timeout: 90_000, interval: 250 };

let own: OwnStack;
let kafka: KafkaConnection;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  own = await openOwnStack();
  await own.up('clickhouse', 'postgres', 'redis');
  const { endpoints } = own.stack;
  const brokers = endpoints.kafkaBrokers.split(',');
  kafka = connectKafka({ brokers, clientId: 'health-itest' }, () => undefined);
  await migratePostgres(endpoints.databaseUrl);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});
afterAll(() => own.close());

const env = () => ({
  ...own.stack.env,
  PII_PSEUDONYM_KEY: 'a key of this test',
  LOG_LEVEL: 'info',
  LISTEN_WITHIN_MS: '1000',
});

async function start(
  name: Parameters<typeof startService>[0],
  change: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const service = await startService(name, { ...env(), ...change });
  running.push(service);
  return service;
}

async function codesOf(service: ServiceProcess): Promise<string[]> {
  const answer = await fetch(`${service.url}/ready`, { signal: AbortSignal.timeout(2_000) });
  const { ready, reasons } = (await answer.json()) as { ready: boolean; reasons: { code: string }[] };
  expect([answer.status, ready]).toEqual(ready ? [200, true] : [503, false]);
  return ready ? ['ready'] : [...new Set(reasons.map((r) => r.code))];
}
const says = (service: ServiceProcess, ...codes: string[]) =>
  vi.waitFor(
    async () => expect(await codesOf(service).catch(String)).toEqual(expect.arrayContaining(codes)),
    EVENTUALLY,
  );

async function publish(count = 1, value?: Buffer): Promise<void> {
  const writer: RecordWriter = await kafka.writer();
  try {
    const encoder =
      value ?? (await createRecordEncoder(connectRegistry(own.stack.endpoints.schemaRegistryUrl), [IN]));
    await writer.write(
      Array.from({ length: count }, () => ({
        topic: IN as TopicName,
        partition: 0,
        key: null,
        value: Buffer.isBuffer(encoder)
          ? encoder
          : Buffer.from(encoder.encode(IN, sampleConsentUpdate({ event_id: randomUUID() }))),
      })),
    );
  } finally {
    await writer.close();
  }
}
const endOf = (topic: TopicName) =>
  own.withTopics(async (admin) => (await admin.watermarks(topic))[0]?.high ?? 0);
const grows = async (topic: TopicName, from: number) =>
  vi.waitFor(async () => expect(await endOf(topic)).toBeGreaterThan(from), EVENTUALLY);

const commit = (nextOffset: number) => setOffset(own.stack.endpoints.kafkaBrokers, GROUP, IN, nextOffset);

describe('a start', () => {
  it('before Kafka, its topics and the registry is no crash: /ready names them, and it becomes ready by itself', async () => {
    const scrubber = await start('pii-scrubber');
    const gateway = await start('ingest-gateway');
    await says(scrubber, 'starting', 'kafka_unavailable', 'registry_unavailable');
    await says(gateway, 'backend', 'kafka_unavailable');
    await own.up('kafka');
    await says(scrubber, 'topic_missing');
    await says(gateway, 'topic_missing');
    await own.createTopics();
    await vi.waitFor(
      async () => expect(await codesOf(scrubber)).toEqual(['starting', 'registry_unavailable']),
      EVENTUALLY,
    );
    await own.up('registry');
    await says(scrubber, 'ready');
    await says(gateway, 'ready');
    expect([scrubber.exitCode(), gateway.exitCode()]).toEqual([null, null]);
  });

  it('on another cluster than the one that is named reads nothing', async () => {
    const scrubber = await start('pii-scrubber', { KAFKA_CLUSTER_ID: 'another-cluster' });
    const gateway = await start('ingest-gateway', { KAFKA_CLUSTER_ID: 'another-cluster' });
    await says(scrubber, 'wrong_cluster');
    await says(gateway, 'wrong_cluster');
    expect(await own.withTopics((admin) => admin.groupState(GROUP))).toMatchObject({ members: [] });
  });

  it('on a topic that ends before what the group has committed reads nothing, until the place is right', async () => {
    await publish(3);
    const end = await endOf(IN);
    await commit(end + 100);
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'starting', 'topic_recreated');
    await commit(end);
    await says(scrubber, 'ready');
  });
});

describe('the registry', () => {
  it('away changes nothing while schemas are known; a new one is waited for', async () => {
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'ready');
    const encoder = await createRecordEncoder(connectRegistry(own.stack.endpoints.schemaRegistryUrl), [IN]);
    const known = () => Buffer.from(encoder.encode(IN, sampleConsentUpdate({ event_id: randomUUID() })));
    const before = await endOf(OUT);
    await publish(1, known());
    await grows(OUT, before);
    await own.down('registry');
    const warm = await endOf(OUT);
    await publish(1, known());
    await grows(OUT, warm);
    expect(await codesOf(scrubber)).toEqual(['ready']);

    const dead = await endOf(deadLetterOf('pii-scrubber'));
    await publish(1, Buffer.from([0, 0, 0, 77, 77, 1]));
    await says(scrubber, 'registry_unavailable');
    await own.up('registry');
    await says(scrubber, 'ready');
    await grows(deadLetterOf('pii-scrubber'), dead);
  });
});

describe('a process', () => {
  it('that is frozen does not answer, says so afterwards, and is ready again once it is back in its group', async () => {
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'ready');
    scrubber.signal('SIGSTOP');
    await expect(codesOf(scrubber)).rejects.toThrow();
    await vi.waitFor(
      async () =>
        expect(await own.withTopics((admin) => admin.groupState(GROUP))).toMatchObject({ members: [] }),
      EVENTUALLY,
    );
    scrubber.signal('SIGCONT');
    await says(scrubber, 'process_stalled');
    await says(scrubber, 'ready');
    const before = await endOf(OUT);
    await publish();
    await grows(OUT, before);
  });
});

describe('a store', () => {
  it('of the loader that refuses rows, or is away, is told before the first row comes', async () => {
    const reader = own.stack.endpoints.clickhouseReader;
    const refusing = await start('warehouse-loader', {
      CLICKHOUSE_USERNAME: reader?.username ?? '',
      CLICKHOUSE_PASSWORD: reader?.password ?? '',
    });
    const away = await start('warehouse-loader', { CLICKHOUSE_PORT: '1' });
    await says(refusing, 'store_unavailable');
    await says(away, 'store_unavailable');
    const loader = await start('warehouse-loader');
    await says(loader, 'ready');
  });

  it('of the person builder that only reads', async () => {
    const url = new URL(own.stack.endpoints.databaseUrl);
    const admin = new Pool({ connectionString: url.href, max: 1 });
    const name = `health_${randomUUID().slice(0, 8)}`;
    try {
      await admin.query(`CREATE DATABASE ${name}`);
      url.pathname = `/${name}`;
      const builder = await start('person-builder', { DATABASE_URL: url.href });
      await says(builder, 'store_unavailable'); // not migrated
      await migratePostgres(url.href);
      await says(builder, 'ready');
      await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await says(builder, 'store_unavailable');
      await admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await says(builder, 'ready');
    } finally {
      await Promise.all(running.splice(0).map((service) => service.stop()));
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
    }
  });

  it('of the scrubber that answers and takes no writes', async () => {
    const redis = new Redis(own.stack.endpoints.redisUrl);
    try {
      const scrubber = await start('pii-scrubber');
      await says(scrubber, 'ready');
      await redis.config('SET', 'min-replicas-to-write', '1');
      await says(scrubber, 'store_unavailable');
      await redis.config('SET', 'min-replicas-to-write', '0');
      await says(scrubber, 'ready');
    } finally {
      await redis.config('SET', 'min-replicas-to-write', '0');
      redis.disconnect();
    }
  });
});

describe('Kafka', () => {
  it('away loses the group; back, it is found again', async () => {
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'ready');
    await own.down('kafka');
    await says(scrubber, 'kafka_unavailable', 'group_lost');
    await own.up('kafka');
    await says(scrubber, 'ready');
    expect(scrubber.exitCode()).toBe(null);
  });

  it('with a topic of another shape', async () => {
    const { kafkaBrokers } = own.stack.endpoints;
    await deleteTopic(kafkaBrokers, 'consent.clean');
    await sleep(1_000);
    await createTopic(kafkaBrokers, 'consent.clean', 2);
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'topic_wrong');
    await deleteTopic(kafkaBrokers, 'consent.clean');
    await says(scrubber, 'topic_missing');
    await own.createTopics();
    await says(scrubber, 'ready');
  });

  it('with empty topics under the old names is not read on', async () => {
    await publish(5);
    const scrubber = await start('pii-scrubber');
    await says(scrubber, 'ready');
    await vi.waitFor(async () => {
      const at = await own.withTopics((admin) => admin.committed(GROUP, IN));
      expect(at[0]?.nextOffset).toBe(await endOf(IN));
    }, EVENTUALLY);
    await sleep(6_000); // the look from outside has seen it, too
    await own.replaceKafka('same');
    await own.createTopics();
    await says(scrubber, 'topic_recreated');
    await publish(1);
    await sleep(2_000);
    expect(await endOf(OUT)).toBe(0);
    expect(await codesOf(scrubber)).toContain('topic_recreated');
  });

  it('that is another cluster is not read', async () => {
    const scrubber = await start('pii-scrubber');
    const gateway = await start('ingest-gateway');
    await says(scrubber, 'ready');
    await says(gateway, 'ready');
    await own.replaceKafka('other');
    await own.createTopics();
    await says(scrubber, 'wrong_cluster');
    await says(gateway, 'wrong_cluster');
    await publish(1);
    await sleep(2_000);
    expect(await endOf(OUT)).toBe(0);
  });
});
