import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { StackEndpoints } from './endpoints.ts';

/** For this package's integration tests: each part used through the client that people use. */
export interface Marks {
  readonly schemaId: number;
  readonly record: string;
  readonly row: string;
  readonly key: string;
  readonly clickhouse: string;
}

const TOPIC = 'stack.marks';
const VALUE = 'kept';

export async function writeMarks(endpoints: StackEndpoints): Promise<Marks> {
  const schemaId = await registerSchema(endpoints, 'mark');
  await produce(endpoints);
  await withPostgres(endpoints.databaseUrl, async (client) => {
    await client.query('CREATE TABLE marks (value text)');
    await client.query('INSERT INTO marks VALUES ($1)', [VALUE]);
  });
  await withRedis(endpoints.redisUrl, (redis) => redis.set('mark', VALUE));
  await insertIntoClickhouse(endpoints);
  // Redis syncs its file once a second; the others before they answer.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  return { schemaId, record: VALUE, row: VALUE, key: VALUE, clickhouse: VALUE };
}

export async function readMarks(endpoints: StackEndpoints): Promise<Marks> {
  return {
    schemaId: await registerSchema(endpoints, 'mark'),
    record: await consume(endpoints),
    row: await withPostgres(endpoints.databaseUrl, async (client) => {
      const { rows } = await client.query<{ value: string }>('SELECT value FROM marks');
      return rows.map(({ value }) => value).join();
    }),
    key: (await withRedis(endpoints.redisUrl, (redis) => redis.get('mark'))) ?? 'none',
    clickhouse: await selectFromClickhouse(endpoints),
  };
}

export async function registerSchema(endpoints: StackEndpoints, name: string): Promise<number> {
  const registry = new SchemaRegistry({ host: endpoints.schemaRegistryUrl });
  const schema = {
    type: 'record',
    name: name.replaceAll('-', '_'),
    fields: [{ name: 'value', type: 'string' }],
  };
  const { id } = await registry.register(
    { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
    { subject: `${name}-value` },
  );
  const decoded: unknown = await registry.decode(await registry.encode(id, { value: VALUE }));
  if ((decoded as { value: string }).value !== VALUE) throw new Error('the schema does not work');
  return id;
}

/** What each part says to somebody who knows no password. */
export async function connectAnonymously(endpoints: StackEndpoints): Promise<Record<string, string>> {
  const withoutPassword = (url: string) => {
    const open = new URL(url);
    open.password = '';
    return open.href;
  };
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'let in',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  return {
    redis: await refusal(withRedis(withoutPassword(endpoints.redisUrl), (redis) => redis.get('x'))),
    postgres: await refusal(
      withPostgres(withoutPassword(endpoints.databaseUrl), (client) => client.query('SELECT 1')),
    ),
    clickhouse: await fetch(`${endpoints.clickhouseUrl}/?query=SELECT+1`).then(
      (answer) => `HTTP ${answer.status}`,
    ),
  };
}

async function produce(endpoints: StackEndpoints): Promise<void> {
  const kafka = kafkaClient(endpoints);
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: true });
  await producer.send({ topic: TOPIC, acks: -1, messages: [{ value: VALUE }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

async function consume(endpoints: StackEndpoints): Promise<string> {
  const consumer = kafkaClient(endpoints).consumer({ groupId: `marks-${Date.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  const value = await new Promise<string>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) =>
      resolve(String(message.value));
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return value;
}

function kafkaClient(endpoints: StackEndpoints): Kafka {
  return new Kafka({ brokers: endpoints.kafkaBrokers.split(','), logLevel: logLevel.NOTHING });
}

async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined); // the command that fails says it
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

function clickhouseClient(endpoints: StackEndpoints, username: string, password: string) {
  return createClient({
    url: endpoints.clickhouseUrl,
    username,
    password,
    log: { level: ClickHouseLogLevel.OFF },
  });
}

async function insertIntoClickhouse(endpoints: StackEndpoints): Promise<void> {
  const client = clickhouseClient(endpoints, endpoints.clickhouseUsername, endpoints.clickhousePassword);
  await client.command({ query: 'CREATE DATABASE IF NOT EXISTS fineprint' });
  await client.command({
    query: 'CREATE TABLE fineprint.marks (value String) ENGINE = MergeTree ORDER BY value',
  });
  await client.insert({ table: 'fineprint.marks', values: [{ value: VALUE }], format: 'JSONEachRow' });
  await client.close();
}

/** As the analyst, who may read and nothing else. */
async function selectFromClickhouse({
  clickhouseReader: reader,
  ...endpoints
}: StackEndpoints): Promise<string> {
  if (reader === undefined) throw new Error('a local stack has a reader');
  const client = clickhouseClient(
    { ...endpoints, clickhouseReader: reader },
    reader.username,
    reader.password,
  );
  try {
    const result = await client.query({ query: 'SELECT value FROM fineprint.marks', format: 'JSONEachRow' });
    const rows = await result.json<{ value: string }>();
    const write = client.command({ query: "INSERT INTO fineprint.marks VALUES ('x')" });
    await write.then(
      () => Promise.reject(new Error('the reader could write')),
      () => undefined,
    );
    return rows.map(({ value }) => value).join();
  } finally {
    await client.close();
  }
}
