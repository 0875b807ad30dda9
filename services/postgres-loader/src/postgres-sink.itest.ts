import { randomUUID } from 'node:crypto';
import { migratePostgres } from '@fineprint/migrations';
import { userRowOf } from '@fineprint/person-builder/user-id';
import type { AiRequest, ProductEvent } from '@fineprint/schemas';
import { useTestStack } from '@fineprint/stack/testing';
import {
  createRecordDecoder,
  createRecordEncoder,
  hashId,
  PoisonError,
  parseWire,
  REPLAY_OF_HEADER,
  type RecordEncoder,
  type SinkRecord,
  StreamError,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresSink } from './postgres-sink.ts';
import { createPostgresStore } from './postgres-store.ts';
import { type LoadTopic, tables } from './tables.ts';

const EVENTS = 'product.events.clean';
const REQUESTS = 'ai.requests.clean';
const registry = createMemoryRegistry();
/** Partition numbers of other tests are theirs; a store needs no such partition in Kafka. */
let partition = 1_000 + Math.floor(Math.random() * 20_000);
let pool: Pool;
let databaseUrl: string;
let encoder: RecordEncoder;

beforeAll(async () => {
  databaseUrl = useTestStack().endpoints.databaseUrl;
  await migratePostgres(databaseUrl);
  pool = new Pool({ connectionString: databaseUrl, max: 8 });
  encoder = await createRecordEncoder(registry, [EVENTS, REQUESTS]);
});
afterAll(() => pool?.end());

const recordOf = (value: Buffer, offset: number): SinkRecord => {
  const wire = parseWire(value);
  if (wire === null) throw new Error('no frame');
  const input = { offset, timestampMs: Date.now(), key: null, value, headers: {} };
  return { input, schemaId: wire.schemaId, datum: wire.datum, sourceOffset: offset * 2, id: null };
};
const event = (offset: number, change: Partial<ProductEvent> = {}) =>
  recordOf(encoder.encode(EVENTS, sampleProductEvent({ event_id: randomUUID(), ...change })), offset);
const request = (offset: number, change: Partial<AiRequest> = {}) =>
  recordOf(encoder.encode(REQUESTS, sampleAiRequest({ event_id: randomUUID(), ...change })), offset);
const events = (from: number, count: number) => Array.from({ length: count }, (_, i) => event(from + i));

async function sinkOf(records: readonly SinkRecord[], topic: LoadTopic = EVENTS) {
  const sink = createPostgresSink(createPostgresStore(pool), createRecordDecoder(registry, Date.now));
  await sink.prepare(topic, records, partition);
  return sink;
}
const load = async (records: readonly SinkRecord[], topic: LoadTopic = EVENTS) => {
  const sink = await sinkOf(records, topic);
  return sink.write({ topic, partition, after: await sink.open(topic, partition), records });
};
const rowsOf = async (topic: LoadTopic = EVENTS) =>
  (
    await pool.query(`SELECT * FROM fineprint.${tables[topic]} WHERE _partition = $1 ORDER BY _offset`, [
      partition,
    ])
  ).rows;
const stored = async () => (await rowsOf()).map((r) => Number(r._offset));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const NEW = { nextOffset: null, sourceOffset: null };

describe('Postgres sink', () => {
  it('stores rows and where it stands together, and knows it after a restart', async () => {
    partition++;
    const records = events(0, 500);
    const sink = await sinkOf(records);
    expect(await sink.open(EVENTS, partition)).toEqual(NEW);
    await sink.write({ topic: EVENTS, partition, after: NEW, records });
    expect(await (await sinkOf([])).open(EVENTS, partition)).toEqual({ nextOffset: 500, sourceOffset: 998 });
    expect(await stored()).toEqual(upTo(500));
  });

  it('stores once what is sent again after an answer that was lost, and says the same', async () => {
    partition++;
    const twice = randomUUID();
    const records = [event(0, { event_id: twice }), event(1), event(2, { event_id: twice.toUpperCase() })];
    const sink = await sinkOf(records);
    const write = { topic: EVENTS, partition, after: NEW, records } as const;
    const first = await sink.write(write);
    expect(first).toMatchObject({ nextOffset: 3, dropped: new Map([[2, 'duplicate_id']]) });
    expect(await sink.write(write)).toEqual(first);
    expect(await stored()).toEqual([0, 1]);
  });

  it('keeps one of two writers that start from the same place, and tells the other', async () => {
    for (let round = 0; round < 5; round++) {
      partition++;
      const [small, large] = [events(0, 20), events(0, 35)];
      const [a, b] = [await sinkOf(small), await sinkOf(large)];
      const [x, y] = await Promise.all([
        a.write({ topic: EVENTS, partition, after: NEW, records: small }),
        b.write({ topic: EVENTS, partition, after: NEW, records: large }),
      ]);
      expect([20, 35]).toContain(x.nextOffset);
      expect(y.nextOffset).toBe(x.nextOffset);
      expect(await stored()).toEqual(upTo(x.nextOffset ?? 0));
    }
  });

  it('refuses a zombie whose view is old', async () => {
    partition++;
    const first = events(0, 10);
    const now = await load(first);
    await load(events(10, 10));
    const zombie = await sinkOf(first);
    for (const after of [NEW, now])
      expect(await zombie.write({ topic: EVENTS, partition, after, records: first })).toMatchObject({
        nextOffset: 20,
      });
    expect(await stored()).toEqual(upTo(20));
  });

  it('drops by name an event that the table has from elsewhere; what it holds of a stretch says so', async () => {
    partition++;
    const known = randomUUID();
    await load([event(0), event(1, { event_id: known }), event(2)]);
    const again = [event(3), event(4, { event_id: known }), event(5)];
    expect(await load(again)).toMatchObject({ nextOffset: 6, dropped: new Map([[4, 'duplicate_id']]) });
    expect(await stored()).toEqual([0, 1, 2, 3, 5]);
    const sink = await sinkOf([]);
    expect(await sink.holdings(EVENTS, partition, 1, 6)).toEqual({
      offsets: new Set([1, 2, 3, 5]),
      sourceOffsetBefore: 0,
      dropped: new Map([[4, 'duplicate_id']]),
    });
    // A table that somebody emptied in part is filled again: set the position back, and what is there stays.
    await pool.query(`DELETE FROM fineprint.analytics_events WHERE _partition = $1 AND _offset > 4`, [
      partition,
    ]);
    await pool.query(
      'UPDATE fineprint.loader_offsets SET next_offset = 3, source_offset = 4 WHERE topic = $1 AND partition = $2',
      [EVENTS, partition],
    );
    expect(await load(again)).toMatchObject({ nextOffset: 6, dropped: new Map([[4, 'duplicate_id']]) });
    expect(await stored()).toEqual([0, 1, 2, 3, 5]);
  });

  it('stores nothing of a load that holds a value that Postgres refuses, and calls it poison', async () => {
    partition++;
    const deep = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    const records = [event(0), event(1, { properties: deep }), event(2)];
    await expect(load(records)).rejects.toBeInstanceOf(PoisonError);
    await expect(load([event(0, { properties: '{"a":1e200000}' })])).rejects.toBeInstanceOf(PoisonError);
    expect(await stored()).toEqual([]);
    expect(await (await sinkOf([])).open(EVENTS, partition)).toEqual(NEW);
  });

  it('fills a gap once, whatever happens, and stands where it stood', async () => {
    partition++;
    const all = events(0, 10);
    const gap = all[4];
    if (gap === undefined) throw new Error('no record');
    const stands = await load(all.filter((r) => r !== gap));
    const [sink, zombie] = [await sinkOf(all), await sinkOf(all)];
    expect(await sink.holds(EVENTS, partition, gap)).toBe(false);
    const both = await Promise.all([sink, zombie].map((s) => s.restore(EVENTS, partition, gap)));
    expect(both.sort()).toEqual(['held', 'stored']);
    expect(await stored()).toEqual(upTo(10));
    expect(await sink.open(EVENTS, partition)).toMatchObject({ nextOffset: stands.nextOffset });
    expect(await sink.restore(EVENTS, partition, gap)).toBe('held');
    // Or nothing was stored after it: then it comes as the next one.
    const last = event(10);
    const replayed = { ...last, input: { ...last.input, headers: { [REPLAY_OF_HEADER]: 'letter' } } };
    await load([replayed]);
    const { rows } = await pool.query(
      'SELECT record_offset::int AS at, kind FROM fineprint.loader_exceptions WHERE topic = $1 AND partition = $2 ORDER BY 1',
      [EVENTS, partition],
    );
    expect(rows).toEqual([
      { at: 4, kind: 'restored' },
      { at: 10, kind: 'restored' },
    ]);
  });

  it('goes on when a user it knows was removed meanwhile', async () => {
    partition++;
    const user_id = `removed-${partition}`;
    const [first, second] = [event(0, { user_id }), event(1, { user_id })];
    const sink = await sinkOf([first, second]);
    const after = await sink.write({ topic: EVENTS, partition, after: NEW, records: [first] });
    await pool.query('DELETE FROM fineprint.analytics_events WHERE _partition = $1', [partition]);
    await pool.query('DELETE FROM fineprint.users WHERE id = $1', [userRowOf(`u:${user_id}`).id]);
    const write = { topic: EVENTS, partition, after, records: [second] } as const;
    await expect(sink.write(write)).rejects.toMatchObject({ retriable: true });
    expect(await sink.write(write)).toMatchObject({ nextOffset: 2 });
  });

  it('waits for a transaction that holds its partition, and finds what it left', async () => {
    partition++;
    const frozen = new Client({ connectionString: databaseUrl });
    await frozen.connect();
    await frozen.query('BEGIN');
    await frozen.query('INSERT INTO fineprint.loader_offsets VALUES ($1, $2, 7, NULL)', [EVENTS, partition]);
    const waiting = load(events(0, 3));
    await frozen.query('ROLLBACK');
    expect(await waiting).toMatchObject({ nextOffset: 3 });
    await frozen.end();
  });

  it('has every value of an event as it was, and users behind ids that are none of theirs', async () => {
    partition++;
    const uuid = randomUUID();
    const common = { user_id: uuid, event_time: 1_600_000_000_123 };
    await load([
      event(0, {
        ...common,
        properties: '{"plan":"pro – ünï \\u0000 \\ud800","n":0.1}',
        context: ' {"app":{"v":2}} ',
      }),
      event(1, { user_id: null, anonymous_id: 'visitor', kind: 'page_view', page_url: 'https://a/?q="x"' }),
      event(2, { user_id: null, anonymous_id: null }),
      event(3, {
        ...common,
        kind: 'conversion',
        conversion_value: 29.99,
        currency: 'EUR',
        traits: '{"a":[1]}',
      }),
    ]);
    const [first, second, third, fourth] = await rowsOf();
    expect(first).toMatchObject({
      user_id: uuid,
      event_name: 'Feature Used',
      properties: { plan: 'pro – ünï \ufffd \ufffd', n: 0.1 },
      context: { app: { v: 2 }, kind: 'track', source: 'test' },
      created_at: new Date(1_600_000_000_123),
      _source_offset: '0',
    });
    expect([first._id_murmur3, first._id_xxh32]).toEqual([
      hashId(first.id)?.murmur3,
      hashId(first.id)?.xxh32,
    ]);
    expect(second).toMatchObject({
      user_id: userRowOf('a:visitor').id,
      properties: { page_url: 'https://a/?q="x"' },
    });
    expect(third.user_id).toBeNull();
    expect(fourth.properties).toEqual({ conversion_value: 29.99, currency: 'EUR', traits: { a: [1] } });
    const { rows } = await pool.query(
      'SELECT external_id, is_anonymous FROM fineprint.users WHERE id = ANY ($1) ORDER BY 2',
      [[uuid, second.user_id]],
    );
    expect(rows).toEqual([
      { external_id: uuid, is_anonymous: false },
      { external_id: 'visitor', is_anonymous: true },
    ]);
  });

  it('has every value of a request as the columns have it, and refuses what they cannot hold', async () => {
    partition++;
    const largest = 2_147_483_647;
    await load(
      [
        request(0, {
          latency_ms: 2300.5,
          confidence_score: 0.925,
          cost_estimate: 999_999.9999,
          session_id: 's',
        }),
        request(1, { input_tokens: largest, success: false, error_type: 'timeout', confidence_score: null }),
        request(2, { cost_estimate: 0.00005, confidence_score: 1 }),
      ],
      REQUESTS,
    );
    const rows = await rowsOf(REQUESTS);
    expect(rows).toMatchObject([
      {
        latency_ms: 2301,
        confidence_score: '0.93',
        cost_estimate: '999999.9999',
        session_id: 's',
        success: true,
      },
      { input_tokens: largest, success: false, error_type: 'timeout', confidence_score: null },
      {
        cost_estimate: '0.0001',
        confidence_score: '1.00',
        model_name: 'legal-analysis-v2',
        total_tokens: 2300,
      },
    ]);
    const refused: readonly [Partial<AiRequest>, string][] = [
      [{ latency_ms: null }, 'value_missing'],
      [{ latency_ms: 1e12 }, 'value_out_of_range'],
      [{ input_tokens: largest + 1 }, 'value_out_of_range'],
      [{ confidence_score: 10 }, 'value_out_of_range'],
      [{ cost_estimate: 1e6 }, 'value_out_of_range'],
      [{ model_version: 'x'.repeat(51) }, 'value_too_long'],
    ];
    for (const [change, code] of refused) {
      const record = request(3, change);
      expect((await sinkOf([record], REQUESTS)).refusalOf(REQUESTS, record)).toMatchObject({ code });
    }
  });

  it('is the product document’s tables, with its constraints', async () => {
    const { rows } = await pool.query(
      `SELECT table_name || '.' || column_name AS name, column_default AS "default", is_nullable = 'NO' AS required,
         CASE data_type WHEN 'character varying' THEN 'varchar(' || character_maximum_length || ')'
           WHEN 'numeric' THEN 'decimal(' || numeric_precision || ',' || numeric_scale || ')' ELSE data_type END AS type
       FROM information_schema.columns WHERE table_schema = 'fineprint'
         AND table_name IN ('analytics_events', 'ai_model_requests', 'funnel_steps', 'user_segments')`,
    );
    const found = new Map(rows.map((r) => [r.name, `${r.type}${r.required ? ' not null' : ''}`]));
    const document = {
      'analytics_events.id': 'uuid not null',
      'analytics_events.user_id': 'uuid',
      'analytics_events.event_name': 'varchar(100) not null',
      'analytics_events.properties': 'jsonb',
      'analytics_events.context': 'jsonb',
      'analytics_events.created_at': 'timestamp with time zone',
      'ai_model_requests.id': 'uuid not null',
      'ai_model_requests.model_name': 'varchar(100) not null',
      'ai_model_requests.model_version': 'varchar(50) not null',
      'ai_model_requests.user_id': 'uuid',
      'ai_model_requests.session_id': 'varchar(255)',
      'ai_model_requests.latency_ms': 'integer not null',
      'ai_model_requests.success': 'boolean not null',
      'ai_model_requests.error_type': 'varchar(100)',
      'ai_model_requests.confidence_score': 'decimal(3,2)',
      'ai_model_requests.cost_estimate': 'decimal(10,4)',
      'ai_model_requests.timestamp': 'timestamp with time zone',
      'funnel_steps.step_order': 'integer not null',
      'user_segments.avg_lifetime_value': 'decimal(10,2)',
      'user_segments.churn_rate': 'decimal(5,4)',
    };
    expect(Object.fromEntries(Object.keys(document).map((name) => [name, found.get(name)]))).toEqual(
      document,
    );
    const wrong = randomUUID();
    await expect(
      pool.query('INSERT INTO fineprint.analytics_events (id, user_id, event_name) VALUES ($1, $2, $3)', [
        wrong,
        wrong,
        'x',
      ]),
    ).rejects.toMatchObject({ code: '23503' });
  });

  it('says that it is away, and is there again by itself', async () => {
    partition++;
    const away = new Pool({ connectionString: databaseUrl.replace(/:\d+\//, ':1/'), max: 1 });
    const store = createPostgresStore(away);
    await expect(store.position(EVENTS, partition)).rejects.toBeInstanceOf(StreamError);
    await away.end();
    // Connections cut in the middle of a load: nothing of it is stored, or all of it.
    const named = new Pool({ connectionString: databaseUrl, max: 1, application_name: `cut-${partition}` });
    named.on('error', () => undefined);
    const cut = createPostgresSink(createPostgresStore(named), createRecordDecoder(registry, Date.now));
    const records = events(0, 20_000);
    await cut.prepare(EVENTS, records, partition);
    const write = { topic: EVENTS, partition, after: NEW, records } as const;
    const writing = cut.write(write).then(
      () => 'done',
      (error: unknown) => error,
    );
    const kill = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'COPY%'`;
    for (let tries = 0; tries < 500; tries++)
      if ((await pool.query(kill, [`cut-${partition}`])).rows[0].count !== '0') break;
    const outcome = await writing;
    if (outcome !== 'done') expect(outcome).toMatchObject({ code: 'unavailable', retriable: true });
    expect(await stored()).toHaveLength(outcome === 'done' ? 20_000 : 0);
    expect(await cut.write(write)).toMatchObject({ nextOffset: 20_000 });
    expect(await stored()).toHaveLength(20_000);
    await named.end();
  });
});
