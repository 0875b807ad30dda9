import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { openStores, runAudit } from '@fineprint/reconciler';
import { openSession, type SnowflakeSession } from '@fineprint/snowflake';
import { useTestSnowflake } from '@fineprint/snowflake-emulator/testing';
import { type Fate, type FaultProxy, startFaultProxy } from '@fineprint/snowflake-loader/testing/fault-proxy';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';
import { skipToEnd } from './skip-to-end.ts';

const snowflake = await useTestSnowflake();
const SOURCE = `snowflake-${randomUUID().slice(0, 8)}`;
const PARTITIONS = 6;
const INSTANCES = 3;
const WITHIN_MS = 90_000;
const STARTED_MS = Date.now() - 1_000;
/** Unlike any sum of other events'. */
const SUMS = `count() AS n, uniqExact(event_id) AS ids, sum(murmurHash3_32(lower(toString(event_id)))) AS murmur3,
  sum(xxHash32(lower(toString(event_id)))) AS xxh32`;
const SNOWFLAKE_SUMS =
  'COUNT(*) AS n, COUNT(DISTINCT event_id) AS ids, SUM(_id_murmur3) AS murmur3, SUM(_id_xxh32) AS xxh32';

let kafka: KafkaConnection;
let session: SnowflakeSession;
let proxy: FaultProxy;
let writer: RecordWriter;
let clickhouse: ClickHouseClient;
let others: ServiceProcess[] = [];
let loaders: ServiceProcess[] = [];
let encode: (id: string) => { product: Buffer; request: Buffer };

describe.skipIf(snowflake?.isEmulator !== true)('snowflake-loader', () => {
  beforeAll(async () => {
    if (snowflake === undefined) return;
    const { endpoints, env } = useTestStack();
    const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
    kafka = await prepareStack(SOURCE);
    const admin = await kafka.admin();
    clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
    session = await openSession(snowflake.settings);
    await skipToEnd(session, admin);
    await admin.close();
    proxy = await startFaultProxy(snowflake.settings.accessUrl ?? '');
    writer = await kafka.writer();
    const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID() };
    others = await Promise.all([
      startService('pii-scrubber', settings),
      startService('warehouse-loader', settings),
    ]);
    const seconds = { SNOWFLAKE_BATCH_SECONDS: '1', SNOWFLAKE_STATEMENT_SECONDS: '20' };
    const own = { ...env, ...snowflake.env, ...seconds, SNOWFLAKE_ACCESS_URL: proxy.url };
    loaders = await Promise.all(
      Array.from({ length: INSTANCES }, () => startService('snowflake-loader', own)),
    );
    await Promise.all([...others, ...loaders].map((s) => s.ready()));
    const registry = connectRegistry(endpoints.schemaRegistryUrl);
    const encoder = await createRecordEncoder(registry, ['product.events.raw', 'ai.requests.raw']);
    encode = (event_id) => ({
      product: encoder.encode('product.events.raw', sampleProductEvent({ event_id, source: SOURCE })),
      request: encoder.encode(
        'ai.requests.raw',
        sampleAiRequest({ event_id: randomUUID(), source: SOURCE, cost_estimate: 0.25 }),
      ),
    });
  });
  afterAll(async () => {
    await Promise.all([...loaders, ...others].map((s) => s.stop()));
    await Promise.all([writer?.close(), clickhouse?.close(), session?.close(), proxy?.close()]);
  });

  const publish = (count: number) =>
    writer.write(
      Array.from({ length: count }, (_, i) => {
        const { product, request } = encode(randomUUID());
        const at = { partition: i % PARTITIONS, key: Buffer.from(String(i)) };
        return [
          { topic: 'product.events.raw' as const, ...at, value: product },
          { topic: 'ai.requests.raw' as const, ...at, value: request },
        ];
      }).flat(),
    );

  /** Kills every loader at a statement, and resolves when they run again. */
  const killAt = async (statement: string, fate: Fate) => {
    let killed: Promise<unknown> | undefined;
    proxy.decide(async (sql) => {
      if (killed !== undefined || !sql.startsWith(statement)) return 'pass';
      killed = Promise.all(loaders.map((l) => l.killAndRestart()));
      if (fate !== 'pass') return fate;
      await killed;
      return fate;
    });
    await publish(200);
    await vi.waitFor(() => expect(killed).toBeDefined(), { timeout: WITHIN_MS });
    await killed;
  };

  const inClickHouse = async (table: string) => {
    const result = await clickhouse.query({
      query: `SELECT ${SUMS}${table === 'ai_requests' ? ', sum(cost_estimate) AS cost' : ''} FROM fineprint.${table} WHERE source = {source:String}`,
      query_params: { source: SOURCE },
      format: 'JSONEachRow',
    });
    return numbers(await result.json());
  };
  const inSnowflake = async (table: string) =>
    numbers(
      await session.rows(
        `SELECT ${SNOWFLAKE_SUMS}${table === 'ai_requests' ? ', SUM(cost_estimate) AS cost' : ''} FROM ${table} WHERE "SOURCE" = ?`,
        [SOURCE],
      ),
    );

  it(`${INSTANCES} instances, killed between staging and loading and between storing and committing, store every event once, as ClickHouse does`, async () => {
    await killAt('COPY INTO PRODUCT_EVENTS', 'pass');
    await killAt('COMMIT', 'lose-answer');
    proxy.decide(() => 'pass');
    await publish(100);
    for (const table of ['product_events', 'ai_requests']) {
      await vi.waitFor(async () => expect((await inSnowflake(table))['n']).toBe(500), {
        timeout: WITHIN_MS,
        interval: 500,
      });
      await vi.waitFor(async () => expect((await inClickHouse(table))['n']).toBe(500), {
        timeout: WITHIN_MS,
        interval: 500,
      });
      expect(await inSnowflake(table), table).toEqual(await inClickHouse(table));
    }
    await Promise.all(loaders.map((l) => l.ready()));
    for (const loader of loaders) expect(loader.log()).not.toContain(SOURCE);
  }, 240_000);

  it('is part of the audit: rows that are missing or double are named', async () => {
    const places = await session.rows<{ event_id: string; _partition: number; _offset: number }>(
      'SELECT event_id, _partition, _offset FROM product_events WHERE "SOURCE" = ? ORDER BY event_id LIMIT 2',
      [SOURCE],
    );
    const [lost, twice] = places;
    if (lost === undefined || twice === undefined) throw new Error('nothing is stored');
    expect(await findings()).toEqual([]);
    await session.rows('DELETE FROM product_events WHERE event_id = ?', [lost.event_id]);
    await session.rows('INSERT INTO product_events SELECT * FROM product_events WHERE event_id = ?', [
      twice.event_id,
    ]);
    const named = (code: string, { event_id, _partition, _offset }: typeof lost, times: number) =>
      expect.objectContaining({
        code,
        table: 'snowflake/product_events',
        partition: Number(_partition),
        named: [{ offset: Number(_offset), eventId: event_id, times }],
      });
    expect(await findings()).toEqual(
      expect.arrayContaining([named('row_missing', lost, 0), named('row_double', twice, 2)]),
    );
  }, 120_000);

  /** What an audit says of Snowflake's tables. */
  const findings = async () => {
    const { endpoints } = useTestStack();
    const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
    const stores = openStores({
      clickhouse: { url, username, password },
      databaseUrl: endpoints.databaseUrl,
      snowflake: snowflake?.settings,
    });
    const admin = await kafka.admin();
    const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
    try {
      const ports = { ...stores, kafka, admin, decoder, nowMs: Date.now, sleep: (ms: number) => sleep(ms) };
      const window = { sinceMs: STARTED_MS, untilMs: null, settleMs: WITHIN_MS };
      const { findings: found } = await runAudit(ports, window);
      return found.filter((f) => f.table?.startsWith('snowflake/'));
    } finally {
      await Promise.all([admin.close(), stores.close()]);
    }
  };
});

/** Snowflake answers numbers, ClickHouse texts. */
function numbers(rows: readonly object[]): Record<string, number> {
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)]));
}
