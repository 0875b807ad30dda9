import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectKafka,
  connectRegistry,
  createRecordDecoder,
  type KafkaConnection,
} from '@fineprint/stream-runtime';
import type { RecordOf } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWriteKey, listWriteKeys, revokeWriteKey } from './keys/write-keys.ts';
import { type GatewayProcess, runMain, startGatewayProcess } from './testing/gateway-process.ts';
import { post } from './testing/test-gateway.ts';

const EVENTS = '/api/v1/product/events';
/** This test's own records among others' in the shared topics. */
const SOURCE = `gateway-itest-${randomUUID().slice(0, 8)}`;

let kafka: KafkaConnection;
let pool: Pool;
let gateway: GatewayProcess;
let key: string;
const startedMs = Date.now() - 60_000;

const isReady = (process: GatewayProcess) =>
  vi.waitFor(async () => expect((await process.ready()).status).toBe(200), {
    timeout: 20_000,
    interval: 100,
  });

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = connectKafka(
    { brokers: endpoints.kafkaBrokers.split(','), clientId: 'gateway-itest' },
    () => undefined,
  );
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
  await migratePostgres(endpoints.databaseUrl);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  gateway = await startGatewayProcess(env);
  await isReady(gateway);
});
afterAll(async () => {
  await gateway?.stop();
  await pool?.end();
});

const send = (body: unknown, headers: Record<string, string> = {}, url = gateway.url) =>
  post(url + EVENTS, body, { authorization: `Bearer ${key}`, ...headers });

/** What the gateway writes. */
type Written = 'product.events.raw' | 'dead-letter.ingest-gateway';

/** A broker that has just started may still be loading its groups. */
const recordsOf = <T extends Written>(topic: T) => vi.waitFor(() => readRecords(topic), { timeout: 20_000 });

/** This test's records of a topic, decoded, with their partition and key. */
async function readRecords<T extends Written>(topic: T) {
  const decoder = createRecordDecoder(connectRegistry(useTestStack().endpoints.schemaRegistryUrl), Date.now);
  const found: { partition: number; key: string | null; record: RecordOf<T> }[] = [];
  await kafka.readRange({
    topics: [topic],
    sinceMs: startedMs,
    onRecords: async (_topic, partition, records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { key: recordKey, value } of records) {
        const decoded = decoder.decode(topic, value);
        if (!decoded.ok || decoded.record.source !== SOURCE) continue;
        found.push({ partition, key: recordKey?.toString() ?? null, record: decoded.record });
      }
    },
  });
  return found;
}

describe('POST', () => {
  it('is in Kafka when it is answered, in order per user', async () => {
    const events = Array.from({ length: 200 }, (_, i) => ({ event: `e${i}`, user_id: `u${i % 7}` }));
    const { status, body } = await send(events);
    expect({ status, accepted: body.accepted.length }).toEqual({ status: 202, accepted: 200 });
    const stored = await recordsOf('product.events.raw');
    expect(new Set(stored.map((s) => s.record.event_id))).toEqual(
      new Set(body.accepted.map((a) => a.event_id)),
    );
    for (const user of ['u0', 'u6']) {
      const mine = stored.filter((s) => s.key === user);
      expect(new Set(mine.map((s) => s.partition)).size).toBe(1);
      expect(mine.map((s) => s.record.event_name)).toEqual(
        events.filter((e) => e.user_id === user).map((e) => e.event),
      );
    }
  });

  it('of a bad event is in the dead letter when it is answered', async () => {
    expect((await send({ event: 'x', wrong: 1 })).status).toBe(400);
    const letters = await recordsOf('dead-letter.ingest-gateway');
    expect(letters.map((l) => [l.record.code, l.record.value?.toString()])).toContainEqual([
      'unknown_field',
      '{"event":"x","wrong":1}',
    ]);
  });

  it('of the largest event that is taken fits through Kafka', async () => {
    const text = 'ü'.repeat(440_000);
    expect((await send({ event: 'large', properties: { text } })).status).toBe(202);
    const bad = Array.from({ length: 3 }, () => ({ event: 'x'.repeat(1_200_000) }));
    expect((await send([...bad, { event: 'beside' }])).body).toMatchObject({
      accepted: [{ index: 3 }],
      rejected: [{ code: 'event_too_large' }, { code: 'event_too_large' }, { code: 'event_too_large' }],
    });
  });
});

describe('write keys', () => {
  it('work at once, and stop working within five seconds after they were revoked', async () => {
    const { id, key: fresh } = await createWriteKey(pool, { source: SOURCE });
    const headers = { authorization: `Bearer ${fresh}` };
    expect((await send({ event: 'x' }, headers)).status).toBe(202);
    expect(await revokeWriteKey(pool, id)).toBe(true);
    expect(await revokeWriteKey(pool, id)).toBe(false);
    await vi.waitFor(async () => expect((await send({ event: 'x' }, headers)).status).toBe(401), {
      timeout: 5_000,
      interval: 200,
    });
    const listed = (await listWriteKeys(pool)).find((k) => k.id === id);
    expect(listed).toMatchObject({
      source: SOURCE,
      hint: `…${fresh.slice(-4)}`,
      revokedAt: expect.any(Date),
    });
  });

  it('are nowhere in the database', async () => {
    const { rows } = await pool.query('SELECT row_to_json(k)::text AS row FROM fineprint.write_keys k');
    expect(JSON.stringify(rows)).not.toContain(key.slice(4, 40));
  });

  it('have a source by which they can be told apart', async () => {
    await expect(createWriteKey(pool, { source: "x'; DROP TABLE" })).rejects.toThrow('a source is');
    await expect(createWriteKey(pool, { source: 'x', allowedOrigins: ['nonsense'] })).rejects.toThrow(
      'an origin is',
    );
  });
});

it('counts the rate in Redis, over all gateways', async () => {
  const env = { ...useTestStack().env, RATE_LIMIT_EVENTS_PER_SECOND: '10' };
  const two = await Promise.all([startGatewayProcess(env), startGatewayProcess(env)]);
  try {
    await Promise.all(two.map(isReady));
    const ten = Array.from({ length: 10 }, () => ({ event: 'x' }));
    const statuses = new Set<number>();
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(two.map((g) => send(ten, {}, g.url)));
        for (const { status } of answers) statuses.add(status);
        expect(answers.map((a) => a.status).sort()).toEqual([202, 429]);
      },
      { timeout: 20_000, interval: 1_100 },
    );
    expect([...statuses].sort()).toEqual([202, 429]);
  } finally {
    await Promise.all(two.map((g) => g.stop()));
  }
});

it('loses nothing that it has answered when it is told to stop', async () => {
  const other = await startGatewayProcess(useTestStack().env);
  await isReady(other);
  const acknowledged: string[] = [];
  let stopping: Promise<number | null> | undefined;
  const sender = async () => {
    for (;;) {
      try {
        const { status, body } = await send({ event: 'drain' }, {}, other.url);
        if (status === 202) acknowledged.push(...body.accepted.map((a) => a.event_id));
      } catch {
        return; // refused: the gateway no longer listens
      }
      if (acknowledged.length > 200) stopping ??= other.stop();
    }
  };
  await Promise.all(Array.from({ length: 8 }, sender));
  expect(await stopping).toBe(0);
  const stored = new Set((await recordsOf('product.events.raw')).map((s) => s.record.event_id));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
});

const SOON = { timeout: 10_000, interval: 100 };

describe('without its parts', () => {
  const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };

  it('starts, says what is missing, and answers 503', async () => {
    const lonely = await startGatewayProcess({ ...useTestStack().env, ...nowhere });
    try {
      await vi.waitFor(async () => {
        const { status, reasons } = await lonely.ready();
        expect(status).toBe(503);
        expect(reasons.map((r) => r.code)).toEqual(expect.arrayContaining(['backend', 'kafka_unavailable']));
      }, SOON);
      expect(await send({ event: 'x' }, {}, lonely.url)).toMatchObject({
        status: 503,
        body: { code: 'kafka_unavailable' },
      });
    } finally {
      expect(await lonely.stop()).toBe(0);
    }
  });

  it('goes on without Redis and says so; without Postgres it knows no key and says so', async () => {
    const away = { REDIS_URL: 'redis://127.0.0.1:1', DATABASE_URL: 'postgres://x:hunter2@127.0.0.1:1/x' };
    const poor = await startGatewayProcess({ ...useTestStack().env, ...away });
    try {
      await vi.waitFor(async () => {
        const codes = (await poor.ready()).reasons.map((r) => r.code);
        expect(codes.sort()).toEqual(['redis', 'write_keys']);
      }, SOON);
      expect(await send({ event: 'x' }, {}, poor.url)).toMatchObject({
        status: 503,
        body: { code: 'keys_unavailable' },
      });
      expect(poor.log.join('\n')).not.toContain('hunter2');
    } finally {
      await poor.stop();
    }
  });
});

describe('main', () => {
  it('names everything that is wrong with its settings and exits 78', async () => {
    const { code, output } = await runMain([], { PORT: 'x' });
    expect(code).toBe(78);
    for (const name of ['PORT', 'KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL', 'REDIS_URL']) {
      expect(output).toContain(`${name}: `);
    }
  });

  it('checks its settings and shows no secret', async () => {
    const { code, output } = await runMain(['--check-config'], useTestStack().env);
    expect(code).toBe(0);
    expect(output).toContain('DATABASE_URL=[secret]');
  });
});

describe('migrations', () => {
  it('may be run again, and by several at once', async () => {
    const { databaseUrl } = useTestStack().endpoints;
    const runs = await Promise.all(Array.from({ length: 4 }, () => migratePostgres(databaseUrl)));
    expect(runs.map((r) => r.applied)).toEqual([[], [], [], []]);
  });
});
