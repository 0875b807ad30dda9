import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { setBaseline } from '@fineprint/drift-monitor';
import { insertMetrics } from '@fineprint/drift-monitor/testing';
import { useTestStack } from '@fineprint/stack/testing';
import { connectRegistry, createRecordDecoder, type KafkaConnection } from '@fineprint/stream-runtime';
import { sampleAiRequest } from '@fineprint/stream-testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { seeded } from './random.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = randomUUID().slice(0, 8);
const MODEL = `drift-${RUN}`;
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const INSTANCES = 3;
const INTERVAL_MS = 1_000;
const ROUNDS = 8;
const MEASURES = 5;
const MINUTE_MS = 60_000;
const STARTED_MS = Date.now();
const BASELINE = { fromMs: STARTED_MS - 300 * MINUTE_MS, toMs: STARTED_MS - 240 * MINUTE_MS };

let monitors: ServiceProcess[] = [];
let loader: ServiceProcess;
let clickhouse: ClickHouseClient;
let pool: Pool;
let kafka: KafkaConnection;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(RUN);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  const settings = { minimumSamples: 200, raiseAfterWindows: 2, clearAfterWindows: 3 };
  await setBaseline(pool, {
    model: MODEL,
    version: '',
    baselineVersion: '1',
    range: BASELINE,
    windowMinutes: 120,
    settings,
  });
  await insertMetrics(clickhouse, [...requests('1', 1, BASELINE.fromMs), ...requests('2', 1.5)]);
  const drift = {
    ...env,
    DRIFT_INTERVAL_MS: String(INTERVAL_MS),
    DRIFT_SETTLE_MS: '0',
    DRIFT_LEASE_MS: '2000',
  };
  [loader, ...monitors] = (await Promise.all([
    startService('warehouse-loader', env),
    ...Array.from({ length: INSTANCES }, () => startService('drift-monitor', drift)),
  ])) as [ServiceProcess, ...ServiceProcess[]];
  await Promise.all([loader, ...monitors].map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all([loader, ...monitors].map((s) => s?.stop()));
  await Promise.all([clickhouse?.close(), pool?.end()]);
});

function requests(version: string, scale: number, fromMs = STARTED_MS - 60 * MINUTE_MS) {
  const random = seeded(7);
  return Array.from({ length: 1_000 }, (_, i) =>
    sampleAiRequest({
      event_id: randomUUID(),
      event_time: fromMs + i * 3_000,
      model_name: MODEL,
      model_version: version,
      latency_ms: scale * Math.exp(5 + random()),
    }),
  );
}

async function query<T>(sql: string): Promise<T[]> {
  const result = await clickhouse.query({
    query: sql,
    format: 'JSONEachRow',
    query_params: { model: MODEL },
  });
  return result.json<T>();
}

/** Finished slots since this test began. */
async function slots(): Promise<{ slot: number }[]> {
  const { rows } = await pool.query<{ slot: number }>(
    `SELECT (extract(epoch FROM slot_at) * 1000)::double precision AS slot FROM fineprint.ai_drift_slots
     WHERE finished_at IS NOT NULL AND slot_at >= to_timestamp($1::double precision / 1000) ORDER BY 1`,
    [STARTED_MS],
  );
  return rows;
}

/** What readers of the topics get, by id: every copy of a record. */
async function published(): Promise<Map<string, { slot: number; json: string }[]>> {
  const { endpoints } = useTestStack();
  const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
  const copies = new Map<string, { slot: number; json: string }[]>();
  await kafka.readRange({
    topics: ['ai.drift'],
    sinceMs: STARTED_MS,
    async onRecords(_topic, _partition, records) {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value } of records) {
        const decoded = decoder.decode('ai.drift', value);
        if (!decoded.ok) throw new Error('a record that nobody can read');
        const record = decoded.record;
        if (record.model_name !== MODEL) continue;
        const copy = { slot: record.slot, json: JSON.stringify(record) };
        copies.set(record.drift_id, [...(copies.get(record.drift_id) ?? []), copy]);
      }
    },
  });
  return copies;
}

it(`three instances evaluate each slot once while they are killed (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(500 + random() * 1_500);
    await monitors[Math.floor(random() * INSTANCES)]?.killAndRestart();
  }
  await Promise.all(monitors.map((m) => m.ready()));
  // The other version drifts back: the same requests as the baseline, twenty times as many.
  await insertMetrics(clickhouse, Array.from({ length: 20 }, () => requests('2', 1)).flat());
  const before = (await slots()).length;
  await expect.poll(async () => (await slots()).length, { timeout: 60_000 }).toBeGreaterThan(before + 5);
  await Promise.all(monitors.map((m) => m.stop()));

  const finished = await slots();
  const copies = await published();
  const perSlot = Map.groupBy([...copies.values()], ([copy]) => copy?.slot);
  for (const { slot } of finished) expect(perSlot.get(slot)?.length, `slot ${slot}`).toBe(MEASURES);
  for (const repeats of copies.values()) expect(new Set(repeats.map((r) => r.json)).size).toBe(1);

  await expect.poll(() => query<{ n: number }>(countRows), { timeout: 30_000 }).toEqual([{ n: copies.size }]);
  await expect
    .poll(() => query<{ state: string; n: number }>(countAlerts), { timeout: 30_000 })
    .toEqual([
      { state: 'raised', n: 1 },
      { state: 'resolved', n: 1 },
    ]);
});

const countRows =
  'SELECT toInt32(count()) AS n FROM fineprint.ai_drift_evaluations WHERE model_name = {model:String}';
const countAlerts = `SELECT state, toInt32(count()) AS n FROM fineprint.alerts FINAL
  WHERE labels['model'] = {model:String} AND labels['measure'] = 'latency_ms' GROUP BY state ORDER BY state`;
