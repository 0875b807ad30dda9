import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileCohort, compileFunnel, parseCohort, parseFunnel } from '@fineprint/behaviour';
import { saveDefinition } from '@fineprint/definitions';
import {
  createRandom,
  makeHistory,
  recount,
  type Sent,
  type Watched,
} from '@fineprint/person-builder/testing';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordDecoder,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { type RecordOf, type TopicName, topics } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const INPUT = 'product.events.clean';
const RUN = randomUUID().slice(0, 8);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const INSTANCES = 3;
const WAVES = 8;
const SETTLES_WITHIN_MS = 90_000;
const HOUR_MS = 3_600_000;

const random = createRandom(SEED);
let kafka: KafkaConnection;
let writer: RecordWriter;
let encoder: RecordEncoder;
let decoder: RecordDecoder;
let pool: Pool;
const services: ServiceProcess[] = [];
let people: ServiceProcess[] = [];
let watched: Watched;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(RUN);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  writer = await kafka.writer();
  const registry = connectRegistry(endpoints.schemaRegistryUrl);
  encoder = await createRecordEncoder(registry, [INPUT]);
  decoder = createRecordDecoder(registry, () => Date.now());
  watched = await define();
  const start = async (name: 'funnel-builder' | 'person-builder') => {
    const service = await startService(name, env);
    services.push(service); // stopped at the end, whatever comes
    return service;
  };
  // The first of each registers the schemas; two that do so at once would contradict each other.
  const [builder, first] = [await start('funnel-builder'), await start('person-builder')];
  await Promise.all([builder.ready(), first.ready()]);
  const others = Array.from({ length: INSTANCES - 1 }, () => start('person-builder'));
  people = [first, ...(await Promise.all(others))];
  await Promise.all(people.map((service) => service.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await writer?.close();
  await pool?.end();
});

async function define(): Promise<Watched> {
  const steps = ['view', 'cart', 'buy'].map((event) => ({ event: `${event}-${RUN}` }));
  const funnel = { name: `checkout-${RUN}`, windowMs: 12 * HOUR_MS, steps };
  const cohort = {
    name: `buyers-${RUN}`,
    rule: { type: 'event', event: `buy-${RUN}`, atLeast: 2 },
  };
  await saveDefinition(pool, 'funnel', funnel, 'test');
  await saveDefinition(pool, 'cohort', cohort, 'test');
  const [parsedFunnel, parsedCohort] = [parseFunnel(funnel), parseCohort(cohort)];
  if (!parsedFunnel.ok || !parsedCohort.ok) throw new Error('a definition of this test is not sound');
  return { funnels: [compileFunnel(parsedFunnel.value)], cohorts: [compileCohort(parsedCohort.value)] };
}

/** Without source offsets: other tests' records, by the scrubber, would look like repeats behind them. */
const publish = (sent: readonly Sent[]) =>
  writer.write(
    sent.map(({ partition, record }) => ({
      topic: INPUT,
      partition,
      key: Buffer.from(record.user_id ?? record.anonymous_id ?? ''),
      value: encoder.encode(INPUT, record),
    })),
  );

/** A topic's rows of this run, the highest revision of each. */
async function current<T extends 'funnel.progress' | 'cohort.membership' | 'identity.links'>(
  topic: T,
  keyOf: (record: RecordOf<T>) => string | null,
): Promise<RecordOf<T>[]> {
  const newest = new Map<string, RecordOf<T>>();
  const reader = kafka.snapshotReader();
  for (let partition = 0; partition < topics[topic].partitions; partition++)
    await reader.readAll(topic, partition, async (records) => {
      await decoder.prepare(records.map((r) => r.value));
      for (const { value } of records) {
        if (value === null) continue; // taken away with its subject
        const decoded = decoder.decode(topic as TopicName, value);
        if (!decoded.ok) throw new Error(decoded.code);
        const record = decoded.record as RecordOf<T>;
        const key = keyOf(record);
        if (key !== null && (newest.get(key)?.revision ?? 0) < record.revision) newest.set(key, record);
      }
    });
  return [...newest.values()];
}

const ofThisRun = (name: string, key: string) => (name.endsWith(RUN) ? key : null);

async function published() {
  const funnels = await current('funnel.progress', (r) => ofThisRun(r.funnel, `${r.person} ${r.funnel}`));
  const cohorts = await current('cohort.membership', (r) => ofThisRun(r.cohort, `${r.person} ${r.cohort}`));
  const links = await current('identity.links', (r) =>
    r.anonymous_id.startsWith(RUN) ? r.anonymous_id : null,
  );
  return {
    levels: new Map(
      funnels
        .filter((r) => r.merged_into === null && r.level > 0)
        .map((r) => [
          `${r.person} ${r.funnel}`,
          { level: r.level, times: r.step_times, reachedAtMs: r.reached_at },
        ]),
    ),
    members: new Map(cohorts.filter((r) => r.member).map((r) => [`${r.person} ${r.cohort}`, r.since])),
    owners: new Map(links.map((r) => [r.anonymous_id, r.user_id])),
  };
}

async function steps(): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ person: string; steps: number }>(
    `SELECT (CASE WHEN is_anonymous THEN 'a:' ELSE 'u:' END) || external_id || ' ' || funnel_name AS person,
       count(*)::int AS steps
     FROM fineprint.funnel_steps JOIN fineprint.users ON users.id = user_id
     WHERE right(funnel_name, 8) = $1 GROUP BY 1`,
    [RUN],
  );
  return new Map(rows.map((row) => [row.person, row.steps]));
}

it('three instances, killed at any moment, end with what a recount of all events says', async () => {
  const size = { users: 30, anonymous: 60, partitions: topics[INPUT].partitions, events: 1_600 };
  const names = ['view', 'cart', 'buy', 'help'].map((name) => `${name}-${RUN}`);
  const history = makeHistory(random, { run: RUN, ...size, names });
  const perWave = history.length / WAVES;
  for (let wave = 0; wave < WAVES; wave++) {
    await publish(history.slice(wave * perWave, (wave + 1) * perWave));
    if (random.next() < 0.6) await random.pick(people).killAndRestart();
    await sleep(random.below(1_500));
  }
  const expected = recount(history, watched);
  expect(expected.levels.size).toBeGreaterThan(20);
  expect(expected.owners.size).toBeGreaterThan(20);
  const deadlineMs = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    try {
      expect(await published(), `seed ${SEED}`).toEqual(expected);
      break;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await sleep(500);
    }
  }
  const levels = [...expected.levels].map(([key, row]) => [key, (row as { level: number }).level] as const);
  expect(await steps(), `seed ${SEED}`).toEqual(new Map(levels));
});
