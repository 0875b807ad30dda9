import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type AiRequest, latestSchema } from '@fineprint/schemas';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordEncoder,
  type KafkaConnection,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest } from '@fineprint/stream-testing';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fineprintOn } from './fineprint.ts';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RUN = `dlq-${randomUUID().slice(0, 8)}`;
const RAW = 'ai.requests.raw';
/** Generous: the machine may be busy. */
const WITHIN_MS = 150_000;
const TEST_MS = 500_000;

const stack = useTestStack();
const { endpoints, env } = stack;
const fineprint = fineprintOn(stack);
const services: ServiceProcess[] = [];
let clickhouse: ClickHouseClient;
let kafka: KafkaConnection;
let writer: RecordWriter;
let postgres: Client;
let encode: (request: AiRequest) => Buffer;

beforeAll(async () => {
  kafka = await prepareStack(RUN);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  postgres = new Client({ connectionString: endpoints.databaseUrl });
  await postgres.connect();
  writer = await kafka.writer();
  const encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [RAW]);
  encode = (request) => encoder.encode(RAW, request);
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID() };
  for (const name of ['pii-scrubber', 'ai-aggregator', 'warehouse-loader'] as const)
    services.push(await startService(name, settings));
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await writer?.close();
  await clickhouse?.close();
  await postgres?.end();
});

interface Listed {
  readonly dead_letter_id: string;
  readonly first_dead_letter_id: string;
  readonly state: string;
  readonly code: string;
  readonly stage: string;
  readonly event_id: string | null;
  readonly source_partition: number;
  readonly source_offset: number;
}
interface Summary {
  readonly replayed: number;
  readonly already_replayed: number;
  readonly refused: number;
  readonly refused_by_reason: Readonly<Record<string, number>>;
}

const list = (...args: string[]) => fineprint.json<Listed[]>(['dlq', 'list', ...args]);
const replay = (...args: string[]) => fineprint.json<Summary>(['dlq', 'replay', '--yes', ...args]);
/** As after a kill -9 between sending and noting. */
const forgetReplays = () => postgres.query('DELETE FROM fineprint.dlq_replayed');

async function until<T>(read: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> {
  const deadlineMs = Date.now() + WITHIN_MS;
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    if (Date.now() > deadlineMs) throw new Error(`still ${JSON.stringify(value)?.slice(0, 500)}`);
    await sleep(300);
  }
}

async function number(query: string, params: Record<string, unknown>): Promise<number> {
  const result = await clickhouse.query({ query, query_params: params, format: 'JSONEachRow' });
  const [row] = await result.json<{ n: string | number }>();
  return Number(row?.n);
}

const stored = (model: string) =>
  number('SELECT count() AS n FROM fineprint.ai_requests WHERE model_name = {model:String}', { model });
const counted = (model: string) =>
  number('SELECT sum(requests) AS n FROM fineprint.ai_metrics_minute WHERE model_name = {model:String}', {
    model,
  });

/** Registers a schema of its own under a subject of its own; ids count up. */
async function register(schema: object): Promise<number> {
  const answer = await fetch(`${endpoints.schemaRegistryUrl}/subjects/${RUN}-${randomUUID()}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema) }),
  });
  return ((await answer.json()) as { id: number }).id;
}
const dummy = () => register({ type: 'record', name: `d${randomUUID().replaceAll('-', '')}`, fields: [] });

/** Ids count up over the whole registry: registers dummies until the next id is the wanted one, and then the schema under it. */
async function registerAs(id: number, schema: object): Promise<void> {
  for (let last = 0; last < id - 1; ) last = await dummy();
  expect(await register(schema)).toBe(id);
}

function request(model: string, change: Partial<AiRequest> = {}): Buffer {
  return encode(sampleAiRequest({ event_id: randomUUID(), model_name: model, source: RUN, ...change }));
}
function withSchemaId(value: Buffer, id: number): Buffer {
  const copy = Buffer.from(value);
  copy.writeInt32BE(id, 1);
  return copy;
}
const publish = (values: readonly Buffer[]) =>
  writer.write(
    values.map((value, i) => ({ topic: RAW, partition: i % 6, key: Buffer.from(RUN), value }) as const),
  );

it(
  'bytes of an unknown schema: listed, mended, replayed; in the store once, counted once, however often replayed',
  async () => {
    const model = `${RUN}-schema`;
    const id = (await dummy()) + 60;
    await publish([withSchemaId(request(model), id), withSchemaId(request(model), id), request(model)]);
    const mine = async () =>
      (await list('--topic', RAW, '--reason', 'unknown_schema')).filter((l) => l.stage === 'pii-scrubber');
    const waiting = await until(mine, (l) => l.length === 2);
    expect(waiting.map((l) => l.state)).toEqual(['open', 'open']);
    expect(waiting.map((l) => l.source_partition).sort()).toEqual([0, 1]);
    for (const letter of waiting) expect(letter.source_offset).toBeGreaterThanOrEqual(0);

    // Not mended yet: refused again, still one case each, with what it was first.
    expect(await replay('--reason', 'unknown_schema')).toMatchObject({ replayed: 2, refused: 0 });
    const again = await until(mine, (l) => l.length === 2 && l.every((x) => x.state === 'refused_again'));
    expect(new Set(again.map((l) => l.first_dead_letter_id))).toEqual(
      new Set(waiting.map((l) => l.dead_letter_id)),
    );

    await registerAs(id, { ...latestSchema('AiRequest').schema, doc: `another producer's, ${RUN}` });
    await sleep(6_000); // the scrubber asks again for an id it did not find
    expect(await replay('--reason', 'unknown_schema')).toMatchObject({ replayed: 2 });
    await until(
      () => stored(model),
      (n) => n === 3,
    );
    await until(
      () => counted(model),
      (n) => n === 3,
    );
    expect(await mine()).toEqual([]);

    expect(await replay('--reason', 'unknown_schema')).toMatchObject({ replayed: 0, already_replayed: 2 });
    await forgetReplays();
    const both = await Promise.all(
      [1, 2].map(() => fineprint.run('dlq', 'replay', '--yes', '--json', '--topic', RAW)),
    );
    for (const { code, err } of both) if (code !== 0) expect(err).toContain('REPLAY_RUNNING');
    expect(both.map((b) => b.code)).toContain(0);
    await publish([request(model)]);
    await until(
      () => stored(model),
      (n) => n === 4,
    );
    await until(
      () => counted(model),
      (n) => n === 4,
    );
    await sleep(2_000); // a duplicate would come late
    expect([await stored(model), await counted(model)]).toEqual([4, 4]);
  },
  TEST_MS,
);

it(
  'killed in the middle and run again: every event once',
  async () => {
    const model = `${RUN}-kill`;
    const id = (await dummy()) + 60;
    const count = 1_500;
    await publish(Array.from({ length: count }, () => withSchemaId(request(model), id)));
    const reason = ['--reason', 'unknown_schema', '--since', '10m'];
    await until(
      () => fineprint.json<{ letters: number }[]>(['dlq', 'list', '--count', ...reason]),
      (counts) => counts.reduce((sum, c) => sum + c.letters, 0) === count,
    );
    await registerAs(id, { ...latestSchema('AiRequest').schema, doc: `a third producer's, ${RUN}` });
    await sleep(6_000);
    const { child, ended } = fineprint.start('dlq', 'replay', '--yes', ...reason);
    const noted = async () =>
      Number((await postgres.query('SELECT count(*) AS n FROM fineprint.dlq_replayed')).rows[0].n);
    const before = await noted();
    const deadlineMs = Date.now() + WITHIN_MS;
    while ((await noted()) === before && Date.now() < deadlineMs) await sleep(5);
    child.kill('SIGKILL');
    await ended;
    const { rows } = await postgres.query(
      'SELECT count(*)::int AS n FROM fineprint.dlq_replays WHERE finished_at IS NULL',
    );
    const rest = await until(
      () => fineprint.run('dlq', 'replay', '--yes', '--json', ...reason),
      ({ code }) => code === 0,
    );
    const summary = JSON.parse(rest.out) as Summary;
    expect(summary.replayed + summary.already_replayed).toBeGreaterThanOrEqual(count);
    expect({ broken: rows[0].n, replayed: summary.replayed > 0 }).toEqual({ broken: 1, replayed: true });
    await until(
      () => stored(model),
      (n) => n >= count,
    );
    await until(
      () => counted(model),
      (n) => n >= count,
    );
    await sleep(2_000);
    expect([await stored(model), await counted(model)]).toEqual([count, count]);
  },
  TEST_MS,
);

it(
  'what the loader refused reaches the loader only: stored once at its place, counted by nobody again',
  async () => {
    const model = `${RUN}-loader`;
    const id = (await dummy()) + 60;
    const encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [
      'ai.requests.clean',
    ]);
    const clean = (value: Buffer, partition: number) =>
      ({ topic: 'ai.requests.clean', partition, key: null, value, timestampMs: Date.now() }) as const;
    const bytes = () =>
      encoder.encode(
        'ai.requests.clean',
        sampleAiRequest({ event_id: randomUUID(), model_name: model, source: RUN }),
      );
    // One in the middle of its partition, one the last of its; the aggregator refuses them, too, and keeps its own letters.
    await writer.write([
      clean(bytes(), 2),
      clean(withSchemaId(bytes(), id), 2),
      clean(bytes(), 2),
      clean(bytes(), 5),
      clean(withSchemaId(bytes(), id), 5),
    ]);
    const mine = () =>
      list('--stage', 'warehouse-loader', '--topic', 'ai.requests.clean', '--reason', 'unknown_schema');
    await until(mine, (l) => l.length === 2);
    await until(
      () => stored(model),
      (n) => n === 3,
    );
    await until(
      () => counted(model),
      (n) => n === 3,
    );
    const byAggregator = await fineprint.run('dlq', 'replay', '--yes', '--json', '--stage', 'ai-aggregator');
    expect(byAggregator.code).toBe(1);
    expect(JSON.parse(byAggregator.out)).toMatchObject({
      replayed: 0,
      refused_by_reason: { rebuild_instead: 2 },
    });

    const stage = ['--stage', 'warehouse-loader', '--reason', 'unknown_schema'];
    expect(await replay(...stage)).toMatchObject({ replayed: 2 }); // too early
    await until(mine, (l) => l.length === 2 && l.every((x) => x.state === 'refused_again'));

    await registerAs(id, { ...latestSchema('AiRequest').schema, doc: `a late producer's, ${RUN}` });
    await sleep(6_000);
    expect(await replay(...stage)).toMatchObject({ replayed: 2 });
    await until(
      () => stored(model),
      (n) => n === 5,
    );
    await forgetReplays();
    expect(await replay(...stage)).toMatchObject({ replayed: 2 });
    const loader = services.at(-1);
    await loader?.killAndRestart();
    await loader?.ready();
    await writer.write([clean(bytes(), 2), clean(bytes(), 5)]);
    await until(
      () => stored(model),
      (n) => n >= 7,
    );
    await sleep(2_000); // a duplicate would come late
    expect(await stored(model)).toBe(7);
    expect(await counted(model)).toBe(5);
    const places = await number(
      `SELECT uniqExact(_partition, _offset) AS n FROM fineprint.ai_requests
      WHERE model_name = {model:String} AND _topic = 'ai.requests.clean'`,
      { model },
    );
    expect(places).toBe(7);
  },
  TEST_MS,
);

it(
  'an event that was too large for the gateway: the limit is raised, it goes through HTTP again, and counts once',
  async () => {
    const { key } = await fineprint.json<{ key: string }>(['keys', 'create', RUN]);
    const small = await startService('ingest-gateway', { ...env, MAX_EVENT_CHARS: '300' });
    services.unshift(small);
    await small.ready();
    const eventName = `large-${RUN}`;
    const post = (url: string, event: object, headers: Record<string, string> = {}) =>
      fetch(`${url}/api/v1/product/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({
          event_name: eventName,
          user_id: 'u',
          properties: { text: 'x'.repeat(500) },
          ...event,
        }),
      });
    const own = randomUUID();
    const answers = [
      await post(small.url, { event_id: own }),
      await post(small.url, {}, { 'idempotency-key': 'order-7' }),
      await post(small.url, {}),
    ];
    for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
    const filter = ['--stage', 'ingest-gateway', '--event', eventName];
    const mine = () => list(...filter);
    await until(mine, (l) => l.length === 3);

    const replays = (url: string, writeKey: string, codes: readonly number[]) =>
      fineprint.json<Summary>(
        ['dlq', 'replay', '--yes', ...filter, '--url', url, '--write-key', writeKey],
        codes,
      );
    expect(await replays(small.url, key, [1])).toMatchObject({
      replayed: 0,
      refused_by_reason: { refused_again: 3 },
    });
    expect(await mine()).toHaveLength(3);
    const other = await fineprint.json<{ key: string }>(['keys', 'create', `${RUN}-other`]);
    expect(await replays(small.url, other.key, [1])).toMatchObject({
      refused_by_reason: { other_source: 3 },
    });

    const large = await startService('ingest-gateway', env);
    services.unshift(large);
    await large.ready();
    expect(await replays(large.url, key, [0])).toMatchObject({ replayed: 3, refused: 0 });
    const inStore = () =>
      number('SELECT count() AS n FROM fineprint.product_events WHERE event_name = {name:String}', {
        name: eventName,
      });
    await until(inStore, (n) => n === 3);
    expect(await mine()).toEqual([]);
    await forgetReplays();
    expect(await replays(large.url, key, [0])).toMatchObject({ replayed: 3 });
    // The producers try again, too.
    expect((await post(large.url, { event_id: own })).status).toBe(202);
    expect((await post(large.url, {}, { 'idempotency-key': 'order-7' })).status).toBe(202);
    await post(large.url, {});
    await until(inStore, (n) => n >= 4);
    await sleep(2_000); // a duplicate would come late
    expect(await inStore()).toBe(4);
  },
  TEST_MS,
);

it(
  'shows everything but values, and bytes only when asked, with a warning',
  async () => {
    const secret = `ada-${RUN}@example.com`;
    await publish([Buffer.from(secret)]);
    const [letter] = await until(
      () => list('--reason', 'not_avro', '--since', '5m'),
      (l) => l.length > 0,
    );
    const id = letter?.dead_letter_id ?? '';
    const shown = await fineprint.run('dlq', 'show', id);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toContain('not_avro');
    expect(shown.out + shown.err).not.toContain(secret);
    const bytes = await fineprint.run('dlq', 'show', id, '--bytes', '--json');
    expect(JSON.parse(bytes.out)[0].original.value_text).toBe(secret);
    expect(bytes.err).toContain('personal data');
    expect(await fineprint.run('dlq', 'show', randomUUID())).toMatchObject({ code: 1 });

    const dry = await fineprint.json<{ would_replay: Listed[] }>(['dlq', 'replay', '--dry-run', '--id', id]);
    expect(dry.would_replay.map((l) => l.dead_letter_id)).toEqual([id]);
    expect(await fineprint.run('dlq', 'replay', '--id', id)).toMatchObject({ code: 2 }); // nobody there to ask
    expect((await list('--reason', 'not_avro', '--since', '5m'))[0]).toMatchObject({ state: 'open' });
    expect(await fineprint.run('dlq', 'list', '--stage', 'nobody')).toMatchObject({ code: 2 });
  },
  TEST_MS,
);
