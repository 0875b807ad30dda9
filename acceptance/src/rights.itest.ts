import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createDeletions, serve } from '@fineprint/contract-servers';
import { saveDefinition } from '@fineprint/definitions';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import {
  createRequestHash,
  isSigned,
  openRequest,
  type PrivacyRequest,
  type Receipt,
  type RequestKind,
  readRequest,
  reopenErasures,
  subjectsOfPseudonyms,
} from '@fineprint/privacy';
import { latestSchema } from '@fineprint/schemas';
import { openSession, type SnowflakeSession } from '@fineprint/snowflake';
import { useTestSnowflake } from '@fineprint/snowflake-emulator/testing';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordEncoder,
  type KafkaConnection,
  REPLAY_OF_HEADER,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = `rights-${randomUUID().slice(0, 8)}`;
const KEY = randomUUID();
const USERS = 5;
const EVENTS = 20;
/** So that what others erased in this stack is left alone. */
const ALMOST_CLOCKS_APART_MS = 599_000;
/** Others may register schemas meanwhile. */
const IDS_AHEAD = 20;
const WITHIN = { timeout: 100_000, interval: 300 };
/** Of the same person, and in no identify. */
const SECOND_DEVICE = `${RUN}-user-0-phone`;
const [GONE, DEVICE] = [`${RUN}-user-0`, `${RUN}-user-0-device`];
const FUNNEL = `${RUN} funnel`;

const stack = useTestStack();
const snowflake = await useTestSnowflake();
const services: ServiceProcess[] = [];
const archiveDir = mkdtempSync(path.join(tmpdir(), 'rights-'));
const mixpanel = createDeletions('mixpanel', { key: 'token', secret: 'secret', nowMs: Date.now });
let vendor: Awaited<ReturnType<typeof serve>>;
let gateway: ServiceProcess;
let jobRunner: ServiceProcess;
let clickhouse: ClickHouseClient;
let kafka: KafkaConnection;
let pool: Pool;
let writer: RecordWriter;
let session: SnowflakeSession | null = null;
let key: string;

beforeAll(async () => {
  const { endpoints, env } = stack;
  kafka = await prepareStack(RUN);
  writer = await kafka.writer();
  if (snowflake !== undefined) session = await openSession(snowflake.settings);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 4 });
  key = (await createWriteKey(pool, { source: RUN })).key;
  vendor = await serve(mixpanel);
  const settings = {
    ...env,
    PII_PSEUDONYM_KEY: KEY,
    ENABLE_DATA_ANONYMIZATION: 'true',
    PRIVACY_ARCHIVE_DIR: archiveDir,
    JOBS_POLL_MS: '300',
    JOBS_LEASE_MS: '3000',
    JOBS_RETRY_MS: '500',
    ...{ MIXPANEL_TOKEN: 'token', MIXPANEL_DELETION_TOKEN: 'secret', MIXPANEL_DELETION_URL: vendor.url },
    ...snowflake?.env,
  };
  const names = [
    'ingest-gateway',
    'pii-scrubber',
    'pii-scrubber',
    'warehouse-loader',
    'postgres-loader',
  ] as const;
  const more = ['funnel-builder', 'person-builder', 'job-runner'] as const;
  for (const name of [...names, ...more]) services.push(await startService(name, settings));
  gateway = services[0] as ServiceProcess;
  jobRunner = services.at(-1) as ServiceProcess;
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await vendor?.close();
  await writer?.close();
  await session?.close();
  await clickhouse?.close();
  await pool?.end();
  rmSync(archiveDir, { recursive: true, force: true });
});

const event = (name: string, user: number, more: object = {}) => ({
  event_id: randomUUID(),
  event_name: name,
  user_id: `${RUN}-user-${user}`,
  anonymous_id: `${RUN}-user-${user}-device`,
  properties: { owner: `${RUN}-user-${user}` },
  ...more,
});

async function post(body: object, route = 'events/batch'): Promise<void> {
  const answer = await fetch(`${gateway.url}/api/v1/product/${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
}

async function rows<T>(query: string, params: Record<string, unknown> = {}): Promise<T[]> {
  const answer = await clickhouse.query({
    query,
    query_params: { source: RUN, ...params },
    format: 'JSONEachRow',
  });
  return answer.json<T>();
}

const stored = () =>
  rows<{ user_id: string | null; anonymous_id: string; properties: string }>(
    'SELECT user_id, anonymous_id, properties FROM fineprint.product_events WHERE source = {source:String}',
  );

async function ask(kind: RequestKind): Promise<string> {
  const subject = { user_id: GONE, anonymous_id: null };
  const subjectHash = createRequestHash(KEY)(subject);
  const identityCheck = 'a test';
  const given = { kind, subject, subjectHash, regulation: 'gdpr', identityCheck, requestedBy: RUN } as const;
  const { id } = await openRequest(pool, given);
  await beginJob();
  return id;
}

const beginJob = () =>
  pool.query(
    `INSERT INTO fineprint.job_runs (job, slot_at, trigger, requested_by, state)
     VALUES ('privacy-requests', clock_timestamp(), 'manual', $1, 'waiting') ON CONFLICT DO NOTHING`,
    [RUN],
  );

async function ended(id: string): Promise<PrivacyRequest> {
  await expect.poll(async () => (await readRequest(pool, id))?.state, WITHIN).not.toBe('open');
  return (await readRequest(pool, id)) as PrivacyRequest;
}

/** Topics in which one of the texts stands, as a key or anywhere in a value that a tombstone does not follow. */
async function topicsWith(texts: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const last = new Map<string, boolean>();
  await kafka.readRange({
    topics: Object.keys(topics) as TopicName[],
    sinceMs: 0,
    async onRecords(topic, partition, records) {
      for (const { key: of, value, offset } of records) {
        const holds = texts.some((text) => of?.includes(text) || value?.includes(text));
        const name =
          topics[topic].cleanup === 'compact'
            ? `${topic} ${partition} ${String(of)}`
            : `${topic} ${partition} ${offset}`;
        last.set(name, value !== null && holds);
      }
    },
  });
  for (const [name, holds] of last) if (holds) found.add(name.split(' ')[0] ?? '');
  return [...found].sort();
}

it('stores hold pseudonyms; a request ends in an archive of every row; an erasure that is killed half-way leaves nothing that its receipt does not name', async () => {
  await saveFunnel();
  const letter = await refuseOne();
  await post(Array.from({ length: 2 * EVENTS }, (_, i) => event(`${RUN} part`, i % USERS)));
  await post([event(`${RUN} last`, 0), event(`${RUN} phone`, 0, { anonymous_id: SECOND_DEVICE })]);
  await post([event(`${RUN} phone`, 0, { anonymous_id: SECOND_DEVICE, user_id: null, properties: {} })]);
  await post({ user_id: GONE, anonymous_id: DEVICE, traits: { plan: 'pro' } }, 'identify');
  await expect.poll(async () => (await stored()).length, WITHIN).toBe(2 * EVENTS + 4);
  const before = await stored();
  const pseudonyms = [...new Set(before.flatMap((r) => r.user_id ?? []))];
  const whose = await subjectsOfPseudonyms(pool, pseudonyms);
  expect([...whose.values()].map((s) => s.id).sort()).toEqual(
    Array.from({ length: USERS }, (_, i) => `${RUN}-user-${i}`),
  );
  for (const r of before) {
    const { owner } = JSON.parse(r.properties) as { owner?: string };
    expect([undefined, r.user_id]).toContain(owner);
    expect(`${r.user_id} ${r.anonymous_id} ${r.properties}`).not.toContain(RUN);
  }
  const named = before.filter((r) => whose.get(r.user_id ?? '')?.id === GONE);
  const devices = named.map((r) => r.anonymous_id);
  const own = [...named, ...before.filter((r) => r.user_id === null && devices.includes(r.anonymous_id))];
  expect(own.length).toBe(named.length + 1);
  const [mine] = own;
  const kept = await rows<object>(
    'SELECT * FROM fineprint.product_events WHERE source = {source:String} AND user_id = {user:String} LIMIT 1',
    { user: mine?.user_id },
  );
  const forms = [GONE, DEVICE, SECOND_DEVICE, ...new Set([mine?.user_id ?? '', ...devices])];
  const inPostgres = async () =>
    Number(
      (
        await pool.query('SELECT count(*) AS n FROM fineprint.analytics_events WHERE user_id = $1', [
          mine?.user_id,
        ])
      ).rows[0].n,
    );
  await expect.poll(inPostgres, WITHIN).toBe(named.length);
  const progress = () =>
    rows('SELECT 1 FROM fineprint.funnel_progress WHERE person = {person:String}', {
      person: `u:${mine?.user_id}`,
    });
  await expect.poll(async () => (await progress()).length, WITHIN).toBeGreaterThan(0);

  await intoSnowflake([mine?.user_id ?? '', `${RUN}-somebody-else`]);

  const access = await ended(await ask('access'));
  const text = gunzipSync(readFileSync(path.join(archiveDir, access.archive?.file ?? ''))).toString();
  const linesOf = (file: string) =>
    (text.split(`${file}\0`)[1] ?? '').split('\n').filter((l) => l.includes('"_offset":')).length;
  expect(linesOf('clickhouse.product_events.jsonl')).toBeGreaterThanOrEqual(own.length);
  expect(text).toContain('"table": "funnel_progress"');
  if (session !== null) expect(text.split(`"_topic":"${RUN}"`)).toHaveLength(2);
  expect(text).toContain(GONE);

  const id = await ask('erasure');
  await expect
    .poll(async () => (await readRequest(pool, id))?.steps.find((s) => s.name === 'postgres')?.state, {
      ...WITHIN,
      interval: 30,
    })
    .not.toBe('waiting');
  await jobRunner.killAndRestart();
  const erased = await ended(id);
  expect(erased.subject).toBeNull();
  const receipt = JSON.parse(erased.receipt ?? '') as Receipt;
  expect(isSigned(KEY, erased.receipt ?? '', erased.signature ?? '')).toBe(true);
  expect(erased.receipt).not.toContain(GONE);
  expect(receipt.removed).toContainEqual({ store: 'clickhouse', table: 'product_events', rows: own.length });
  expect(receipt.removed).toContainEqual({ store: 'postgres', table: 'analytics_events', rows: own.length });
  expect(receipt.removed).toContainEqual({ store: 'postgres', table: 'subject_pseudonyms', rows: 3 });
  if (session !== null) {
    expect(receipt.removed).toContainEqual({ store: 'snowflake', table: 'product_events', rows: 1 });
    expect(await inSnowflake()).toEqual([`${RUN}-somebody-else`]);
  }
  expect(receipt.destinations).toMatchObject([{ name: 'mixpanel', status: 'asked' }]);
  expect([...mixpanel.wanted]).toContain(GONE);

  expect((await stored()).length).toBe(before.length - own.length);
  expect(await progress()).toEqual([]);
  expect(await inPostgres()).toBe(0);
  const remaining = new Set(receipt.remains.map(({ where }) => where));
  expect((await topicsWith(forms)).filter((topic) => !remaining.has(topic))).toEqual([]);

  await replay(letter);
  await post([
    event(`${RUN} late`, 0, { timestamp: new Date(Date.now() - 3_600_000).toISOString() }),
    event(`${RUN} new`, 0),
  ]);
  await expect.poll(async () => (await stored()).length, WITHIN).toBe(before.length - own.length + 1);
  const again = await stored();
  expect(again.filter((r) => forms.includes(r.user_id ?? '') || forms.includes(r.anonymous_id))).toEqual([]);

  // As a backup of before brings it back, when nobody remembers whom the request was about.
  await clickhouse.insert({ table: 'fineprint.product_events', values: kept, format: 'JSONEachRow' });
  expect((await stored()).length).toBe(again.length + 1);
  await reopenErasures(pool, new Date((erased.finishedAt?.getTime() ?? 0) + ALMOST_CLOCKS_APART_MS));
  expect((await readRequest(pool, id))?.state).toBe('open');
  await beginJob();
  const redone = await ended(id);
  expect(redone.receipt).not.toBe(erased.receipt);
  expect(isSigned(KEY, redone.receipt ?? '', redone.signature ?? '')).toBe(true);
  const texts = (found: readonly object[]) => found.map((r) => JSON.stringify(r)).sort();
  expect(texts(await stored())).toEqual(texts(again));
});

async function saveFunnel(): Promise<void> {
  const steps = ['part', 'last'].map((name) => ({ event: `${RUN} ${name}` }));
  await saveDefinition(pool, 'funnel', { name: FUNNEL, windowMs: 3_600_000, steps }, 'test');
}

/** Rows as the loader leaves them, under a topic of this test. */
async function intoSnowflake(users: readonly string[]): Promise<void> {
  for (const [offset, user] of users.entries())
    await session?.rows(
      `INSERT INTO product_events (event_id, user_id, received_at, _topic, _partition, _offset, _source_offset)
       SELECT ?, ?, '2026-01-01'::TIMESTAMP_NTZ, ?, 0, ?, -1`,
      [randomUUID(), user, RUN, offset],
    );
}

async function inSnowflake(): Promise<string[]> {
  const found = await session?.rows<{ user_id: string }>(
    'SELECT user_id FROM product_events WHERE _topic = ?',
    [RUN],
  );
  return (found ?? []).map((row) => row.user_id);
}

interface Letter {
  readonly eventId: string;
  readonly id: string;
  readonly value: Buffer;
}

/** An event of the subject in bytes that nobody can read, until their schema is there. */
async function refuseOne(): Promise<Letter> {
  const registry = connectRegistry(stack.endpoints.schemaRegistryUrl);
  const encoder = await createRecordEncoder(registry, ['product.events.raw']);
  const eventId = randomUUID();
  const sample = sampleProductEvent({
    event_id: eventId,
    user_id: GONE,
    source: RUN,
    event_time: Date.now(),
  });
  const value = encoder.encode('product.events.raw', sample);
  const next = await register({ type: 'record', name: `r${randomUUID().replaceAll('-', '')}`, fields: [] });
  value.writeInt32BE(next + IDS_AHEAD, 1);
  await writer.write([{ topic: 'product.events.raw', partition: 0, key: Buffer.from(GONE), value }]);
  const letters = () =>
    rows<{ id: string }>(
      `SELECT DISTINCT toString(dead_letter_id) AS id FROM fineprint.event_notes
       WHERE event_id = {eventId:UUID} AND stage = 'pii-scrubber' AND kind = 'dead_lettered'`,
      { eventId },
    );
  await expect.poll(async () => (await letters()).length, WITHIN).toBe(1);
  const { schema } = latestSchema('ProductEvent');
  for (let id = next; id < next + IDS_AHEAD; ) id = await register({ ...schema, doc: `${RUN} ${id}` });
  return { eventId, id: (await letters())[0]?.id ?? '', value };
}

/** As `dlq replay` does: what was refused before the erasure, and can be read by now, ends as erased. */
async function replay({ eventId, id, value }: Letter): Promise<void> {
  const headers = { [REPLAY_OF_HEADER]: id };
  await writer.write([{ topic: 'product.events.raw', partition: 0, key: Buffer.from(GONE), value, headers }]);
  const ends = () =>
    rows<{ reason: string }>(
      `SELECT DISTINCT reason FROM fineprint.event_notes
       WHERE event_id = {eventId:UUID} AND stage = 'pii-scrubber' AND kind = 'dropped'`,
      { eventId },
    );
  await expect.poll(ends, WITHIN).toEqual([{ reason: 'erased' }]);
}

/** Registers a schema under a subject of its own; ids count up. */
async function register(schema: object): Promise<number> {
  const answer = await fetch(
    `${stack.endpoints.schemaRegistryUrl}/subjects/${RUN}-${randomUUID()}/versions`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema) }),
    },
  );
  return ((await answer.json()) as { id: number }).id;
}
