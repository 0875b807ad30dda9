import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { type Finding, keyOfFinding } from '@fineprint/ledger';
import {
  type AuditPorts,
  type AuditResult,
  type AuditStores,
  openStores,
  runAudit,
} from '@fineprint/reconciler';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest } from '@fineprint/stream-testing';
import type { NodeName } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fineprint, fineprintOn } from './fineprint.ts';
import { type OwnStack, openOwnStack } from './own-stack.ts';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const SOURCE = `audit-${randomUUID().slice(0, 8)}`;
const STARTED_MS = Date.now();
const BATCHES = 12;
const BATCH_EVENTS = 50;
/** Accepted while the stores are gone. */
const LATE_EVENTS = 40;
const SETTLE_MS = 60_000;
const ALERT_WITHIN_MS = 90_000;
const NO_SCHEMA = 77_777_777;
/** The partition with a request that was refused. */
const REFUSED = 0;

const services = new Map<NodeName, ServiceProcess>();
/** Two, so that an alert that is raised twice shows. */
const reconcilers: ServiceProcess[] = [];
/** With the one above three instances of postgres-loader. */
const others: ServiceProcess[] = [];
/** What is taken away or doubled here must harm nobody else. */
let own: OwnStack;
let clickhouse: ClickHouseClient;
let stores: AuditStores;
let kafka: KafkaConnection;
let writer: RecordWriter;
let ports: AuditPorts;
let key: string;
let pool: Pool;
let cli: Fineprint;

beforeAll(async () => {
  own = await openOwnStack();
  const { endpoints, env } = own.stack;
  await own.stack.up();
  kafka = await prepareStack(SOURCE, own.stack);
  const admin = await kafka.admin();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  stores = openStores({ clickhouse: { url, username, password }, databaseUrl: endpoints.databaseUrl });
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  const { dataDir, portOffset } = own.stack.settings;
  const commandEnv = { FINEPRINT_DATA_DIR: dataDir, FINEPRINT_PORT_OFFSET: String(portOffset) };
  cli = fineprintOn({ commandEnv }, { ENCRYPTION_KEYS: `itest:${randomBytes(32).toString('base64')}` });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  writer = await kafka.writer();
  const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
  ports = { ...stores, kafka, admin, decoder, nowMs: Date.now, sleep: (ms) => sleep(ms) };
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), LOG_LEVEL: 'info' };
  const names = [
    'ingest-gateway',
    'pii-scrubber',
    'warehouse-loader',
    'ai-aggregator',
    'postgres-loader',
  ] as const;
  await Promise.all(names.map(async (name) => services.set(name, await startService(name, settings))));
  for (let i = 0; i < 2; i++) {
    reconcilers.push(await startService('reconciler', settings));
    others.push(await startService('postgres-loader', settings));
  }
  await Promise.all([...services.values(), ...reconcilers, ...others].map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all([...services.values(), ...reconcilers, ...others].map((s) => s.stop()));
  await writer?.close();
  await ports?.admin.close();
  await stores?.close();
  await pool?.end();
  await clickhouse?.close();
  await own?.close();
});

/** Requests that were begun: each may leave a dead letter of what it refuses. */
let attempts = 0;

async function post(events: readonly object[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    attempts++;
    const answer = await fetch(`${services.get('ingest-gateway')?.url}/api/v1/product/events/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(15_000),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined && answer.status < 500) return;
    await sleep(200);
  }
  throw new Error('never accepted');
}

async function traffic(onBatch: (batch: number) => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const fresh = Array.from({ length: BATCH_EVENTS }, () => randomUUID());
    const events = [...fresh, ...ids.slice(0, 5)].map((event_id) => ({
      event_id,
      event_name: 'audited',
      user_id: `user-${event_id.slice(0, 1)}`,
      properties: { note: `mail ${event_id.slice(0, 8)}@example.com` },
    }));
    await post([...events, { event_id: 'not-a-uuid' }]);
    ids.push(...fresh);
    await onBatch(batch);
    await sleep(100);
  }
  return ids;
}

async function publishStraight(count: number): Promise<void> {
  const registry = connectRegistry(own.stack.endpoints.schemaRegistryUrl);
  const encoder = await createRecordEncoder(registry, ['ai.requests.raw']);
  const records = Array.from({ length: count }, (_, i) => {
    const event_id = randomUUID();
    // One that the product document's table cannot hold: its latency is NOT NULL.
    const change = count > 100 && i === 0 ? { latency_ms: null } : {};
    const record = sampleAiRequest({ event_id, source: SOURCE, ...change });
    const value = encoder.encode('ai.requests.raw', record);
    return { topic: 'ai.requests.raw' as const, partition: i % 6, key: Buffer.from(event_id), value };
  });
  const garbage = {
    topic: 'product.events.raw' as const,
    key: Buffer.from(SOURCE),
    value: Buffer.from('{"json":1}'),
  };
  await writer.write([...records, garbage, garbage]);
}

const change = (query: string, id: string | undefined) =>
  clickhouse.command({ query, query_params: { id }, clickhouse_settings: { mutations_sync: '1' } });

/** What other tests took from the shared stack's stores is not this one's. */
let known: readonly Finding[] = [];
const isKnown = (f: Finding) =>
  known.some((k) => keyOfFinding(k) === keyOfFinding(f) && k.records === f.records);

async function audit(sinceMs = STARTED_MS): Promise<AuditResult> {
  const result = await runAudit(ports, { sinceMs, untilMs: null, settleMs: SETTLE_MS });
  const findings = result.findings.filter((f) => !isKnown(f));
  return { ...result, findings, isBalanced: findings.every((f) => f.severity !== 'gap') };
}
const codes = async () => (await audit()).findings.map((f) => f.code);

interface AlertRow {
  readonly state: string;
  readonly code: string;
  readonly evidence: string;
  readonly occurred: number;
}

const alerts = () =>
  stores.warehouse.rows<AlertRow>(
    `SELECT state, labels['code'] AS code, evidence, toUnixTimestamp64Milli(occurred_at) AS occurred
     FROM fineprint.alerts WHERE kind = 'ledger_gap' AND received_at >= fromUnixTimestamp64Milli({since:Int64})
     ORDER BY occurred_at, _offset`,
    { since: STARTED_MS },
  );

/** How long it took from now until the store has the alert; `earlier` ones of the same kind have been there before. */
async function alertOf(code: string, state: string, earlier = 0): Promise<AlertRow> {
  const startedMs = Date.now();
  for (;;) {
    const found = (await alerts()).filter((a) => a.code === code && a.state === state)[earlier];
    if (found !== undefined) {
      process.stdout.write(
        `alert ${code} ${state}: decided after ${found.occurred - startedMs} ms, stored after ${Date.now() - startedMs} ms\n`,
      );
      return found;
    }
    if (Date.now() - startedMs > ALERT_WITHIN_MS)
      throw new Error(
        `no alert ${code} ${state}: ${reconcilers.map((r) => r.log().slice(-3_000)).join('\n')}`,
      );
    await sleep(50);
  }
}

/**
 * A request that loader and aggregator refuse, and that comes back to the table of requests, as a replay of the loader's
 * letter does it: the windows stay one behind.
 */
async function refuseAndBringBack(): Promise<void> {
  const topic = 'ai.requests.clean';
  const registry = connectRegistry(own.stack.endpoints.schemaRegistryUrl);
  const encoder = await createRecordEncoder(registry, [topic]);
  const value = Buffer.from(encoder.encode(topic, sampleAiRequest({ event_id: randomUUID() })));
  value.writeInt32BE(NO_SCHEMA, 1);
  await writer.write([{ topic, partition: REFUSED, key: null, value }]);
  await settled();
  const [place] = await stores.warehouse.rows<{ offset: number }>(
    `SELECT assumeNotNull(offset) AS offset FROM fineprint.event_notes
     WHERE stage = 'warehouse-loader' AND kind = 'dead_lettered' AND topic = 'ai.requests.clean' AND partition = ${REFUSED}
     ORDER BY offset DESC LIMIT 1`,
    {},
  );
  await change(
    `INSERT INTO fineprint.ai_requests SELECT * REPLACE (toInt64({id:String}) AS _offset) FROM fineprint.ai_requests
     WHERE _partition = ${REFUSED} AND _topic = 'ai.requests.clean' ORDER BY _offset DESC LIMIT 1`,
    String(place?.offset),
  );
}

const stageProcesses = () =>
  [...services].flatMap(([name, process]) => (name === 'ingest-gateway' ? [] : [process]));

/**
 * Both stores are lost while the gateway takes events, and come back from a backup that was made under load, with what came after it
 * still in Kafka.
 */
async function loseAndRestore(backup: string): Promise<void> {
  const filled = await cli.run('restore', backup, '--json');
  expect([filled.code, filled.err]).toEqual([1, expect.stringContaining('stores_not_empty')]);
  await Promise.all([...stageProcesses(), ...others, ...reconcilers].map((s) => s.stop()));
  await post(Array.from({ length: LATE_EVENTS }, () => ({ event_id: randomUUID(), event_name: 'audited' })));
  await clickhouse.command({ query: 'DROP DATABASE fineprint SYNC' });
  await pool.query('DROP SCHEMA fineprint CASCADE');
  const restored = await cli.json<{ rows: number; moved_partitions: number }>(['restore', backup]);
  expect(restored.rows).toBeGreaterThan(0);
  expect(restored.moved_partitions).toBeGreaterThan(0);
  const { rows: log } = await pool.query('SELECT action FROM fineprint.audit_log ORDER BY seq');
  expect(log.map((entry) => entry.action)).toEqual(['cli backup', 'cli restore']);
  await expect(pool.query('TRUNCATE fineprint.audit_log')).rejects.toThrow('append-only');
  const before = await eventIds();
  expect(before.stored).toBeLessThan(BATCHES * BATCH_EVENTS);
  await Promise.all([...stageProcesses(), ...others].map((s) => s.killAndRestart()));
  await Promise.all([...stageProcesses(), ...others].map((s) => s.ready()));
  await settled();
  const all = BATCHES * BATCH_EVENTS + LATE_EVENTS;
  expect(await eventIds()).toEqual({ stored: all, distinct: all, inPostgres: all });
  expect(await audit()).toMatchObject({ isBalanced: true, isSettled: true, findings: [] });
  await Promise.all(reconcilers.map((r) => r.killAndRestart()));
  await Promise.all(reconcilers.map((r) => r.ready()));
}

async function eventIds() {
  const [row] = await stores.warehouse.rows<{ stored: number; distinct: number }>(
    'SELECT toInt32(count()) AS stored, toInt32(uniqExact(event_id)) AS distinct FROM fineprint.product_events',
    {},
  );
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM fineprint.analytics_events',
  );
  return { stored: row?.stored ?? 0, distinct: row?.distinct, inPostgres: rows[0]?.n };
}

const markRemoved = (before: Date) =>
  pool.query(
    `INSERT INTO fineprint.removal_marks (store, table_name, removed_before) VALUES ('clickhouse', 'product_events', $1)
     ON CONFLICT (store, table_name) DO UPDATE SET removed_before = $1`,
    [before],
  );

/** The loader has everything, and its books are in the ledger's table. */
async function settled(): Promise<void> {
  for (let i = 0; i < 120; i++) {
    const { totals } = await audit();
    if (totals.every((t) => t.inFlight === 0 || !services.has(t.stage as NodeName))) return;
    await sleep(500);
  }
  throw new Error('never settled');
}

it('balances while traffic flows and services are killed; then names whatever is taken away or doubled', async () => {
  known = (await audit(0)).findings;
  const underLoad: unknown[] = [];
  const backup = path.join(own.stack.settings.dataDir, 'backups', 'under-load');
  let backingUp: Promise<unknown> | undefined;
  const victims: readonly NodeName[] = [
    'pii-scrubber',
    'warehouse-loader',
    'ingest-gateway',
    'ai-aggregator',
  ];
  await traffic(async (batch) => {
    if (batch === 4) await publishStraight(200);
    if (batch === 6) backingUp = cli.json(['backup', '--out', backup]);
    const victim = batch % 3 === 2 ? victims[Math.floor(batch / 3)] : undefined;
    if (victim !== undefined) await services.get(victim)?.killAndRestart();
    if (batch % 4 === 1)
      await [services.get('postgres-loader'), ...others][(batch - 1) / 4]?.killAndRestart();
    if (batch % 2 === 1) underLoad.push(...(await audit()).findings);
  });
  expect(underLoad).toEqual([]);
  await Promise.all([...services.values()].map((s) => s.ready()));
  await settled();
  const quiet = await audit();
  expect(quiet).toMatchObject({ isBalanced: true, isSettled: true, findings: [] });
  const row = (stage: string, topic: string) =>
    quiet.totals.find((t) => t.stage === stage && t.topic === topic);
  expect(row('warehouse-loader', 'product.events.clean')).toMatchObject({
    stored: BATCHES * BATCH_EVENTS,
    gap: 0,
  });
  expect(row('pii-scrubber', 'product.events.raw')?.dropped).toMatchObject({
    duplicate_event_id: (BATCHES - 1) * 5,
  });
  expect(row('pii-scrubber', 'product.events.raw')?.deadLettered).toMatchObject({ not_avro: 2 });
  expect(row('postgres-loader', 'product.events.clean')).toMatchObject({
    stored: BATCHES * BATCH_EVENTS,
    gap: 0,
  });
  expect(row('postgres-loader', 'ai.requests.clean')?.deadLettered).toEqual({ value_missing: 1 });
  // What a killed gateway had not claimed yet nobody claims; it is there all the same.
  const claimed = row('ingest-gateway', 'dead-letter.ingest-gateway')?.taken ?? 0;
  expect(claimed).toBeGreaterThan(BATCHES / 2);
  expect(claimed).toBeLessThanOrEqual(attempts);

  await backingUp;
  await loseAndRestore(backup);

  // What was refused before the audited time is known to be refused, though the segment goes on.
  await refuseAndBringBack();
  const laterMs = Date.now();
  await publishStraight(60);
  await settled();
  expect((await audit(laterMs)).findings).toEqual([]);
  expect(await alerts()).toEqual([]);

  // A row is gone.
  type Row = { id: string; partition: number; offset: number };
  const [lost, doubled] = await stores.warehouse.rows<Row>(
    `SELECT toString(event_id) AS id, _partition AS partition, _offset AS offset FROM fineprint.product_events
     WHERE source = {source:String} ORDER BY event_id LIMIT 2`,
    { source: SOURCE },
  );
  const kept = `fineprint.${SOURCE.replace('-', '_')}`;
  await change(
    `CREATE TABLE ${kept} ENGINE = Memory AS SELECT * FROM fineprint.product_events WHERE event_id = {id:UUID}`,
    lost?.id,
  );
  await change('ALTER TABLE fineprint.product_events DELETE WHERE event_id = {id:UUID}', lost?.id);
  const raised = await alertOf('row_missing', 'raised');
  expect(raised.evidence).toContain(lost?.id);
  const missing = await audit();
  expect(missing.isBalanced).toBe(false);
  expect(missing.findings).toMatchObject([
    {
      code: 'row_missing',
      table: 'product_events',
      topic: 'product.events.clean',
      partition: lost?.partition,
      records: 1,
      named: [{ offset: lost?.offset, eventId: lost?.id, times: 0 }],
    },
  ]);

  await change(`INSERT INTO fineprint.product_events SELECT * FROM ${kept}`, '');
  await change(`DROP TABLE ${kept}`, '');
  await alertOf('row_missing', 'resolved');
  expect(await codes()).toEqual([]);

  // The same in Postgres, which has the row by another way.
  const lose = 'DELETE FROM fineprint.analytics_events WHERE id = $1 RETURNING *';
  const { rows: gone } = await pool.query(lose, [doubled?.id]);
  await alertOf('row_missing', 'raised', 1);
  expect((await audit()).findings).toMatchObject([
    {
      code: 'row_missing',
      stage: 'postgres-loader',
      table: 'postgres/analytics_events',
      partition: doubled?.partition,
      named: [{ offset: doubled?.offset, eventId: doubled?.id, times: 0 }],
    },
  ]);
  const bringBack =
    'INSERT INTO fineprint.analytics_events SELECT * FROM json_populate_recordset(NULL::fineprint.analytics_events, $1)';
  await pool.query(bringBack, [JSON.stringify(gone)]);
  await alertOf('row_missing', 'resolved', 1);
  expect(await codes()).toEqual([]);

  // Another one is there twice.
  await change(
    'INSERT INTO fineprint.product_events SELECT * FROM fineprint.product_events WHERE event_id = {id:UUID}',
    doubled?.id,
  );
  const double = (await audit()).findings.find((f) => f.code === 'row_double');
  expect(double).toMatchObject({
    table: 'product_events',
    partition: doubled?.partition,
    named: [{ offset: doubled?.offset, eventId: doubled?.id, times: 2 }],
  });

  await alertOf('row_double', 'raised');

  // Windows that no longer count what was requested.
  const [window] = await stores.warehouse.rows<{ partition: number; requests: number }>(
    `SELECT _partition AS partition, sum(requests) AS requests FROM fineprint.ai_metrics FINAL
     WHERE _partition NOT IN {taken:Array(Int32)} GROUP BY 1 ORDER BY 1 LIMIT 1`,
    { taken: [REFUSED, ...known.filter((f) => f.code === 'metrics_differ').map((f) => f.partition)] },
  );
  await change(
    'ALTER TABLE fineprint.ai_metrics DELETE WHERE _partition = {id:Int32}',
    String(window?.partition),
  );
  expect((await audit()).findings).toContainEqual(
    expect.objectContaining({
      code: 'metrics_differ',
      partition: window?.partition,
      records: window?.requests,
    }),
  );

  // An entry of the ledger is gone: of the scrubber, which the chain lacks, and of the gateway, which only its number tells.
  for (const stage of ['pii-scrubber', 'ingest-gateway']) {
    const [entry] = await stores.warehouse.rows<Row>(
      `SELECT toString(entry_id) AS id, _partition AS partition, _offset AS offset FROM fineprint.pipeline_ledger
       WHERE stage = {stage:String} AND written_at >= fromUnixTimestamp64Milli({since:Int64}) ORDER BY sequence LIMIT 1 OFFSET 3`,
      { stage, since: STARTED_MS },
    );
    await change('ALTER TABLE fineprint.pipeline_ledger DELETE WHERE entry_id = {id:UUID}', entry?.id);
    const found = (await audit()).findings.filter((f) => f.code === 'ledger_record_lost');
    expect(found).toContainEqual(
      expect.objectContaining({
        topic: 'pipeline.ledger',
        partition: entry?.partition,
        fromOffset: entry?.offset,
        message: expect.stringContaining(`of ${stage}`),
      }),
    );
  }
  await alertOf('ledger_record_lost', 'raised');
  expect([...new Set(await codes())].sort()).toEqual(['ledger_record_lost', 'metrics_differ', 'row_double']);
  const told = (await alerts()).map((a) => `${a.code} ${a.state}`);
  expect(told.filter((t) => t === 'row_missing raised' || t === 'row_double raised')).toHaveLength(3);

  // What was received before rows were removed for their age is nobody's gap; what was received after it still is.
  await markRemoved(new Date());
  const marked = await audit();
  expect(marked.findings.map((f) => f.code)).not.toContain('row_double');
  const { expired } = marked.totals.find(
    (t) => t.stage === 'warehouse-loader' && t.topic === 'product.events.clean',
  ) ?? { expired: 0 };
  expect(expired).toBe(BATCHES * BATCH_EVENTS + LATE_EVENTS);
  await markRemoved(new Date(STARTED_MS - 1_000));
  expect(await codes()).toContain('row_double');
}, 600_000);
