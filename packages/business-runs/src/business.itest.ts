import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { type Buckets, bucketsOf, DAY_MS, DEFAULT_CONVENTION } from '@fineprint/business-metrics';
import { generateHistory, type PlainEvent } from '@fineprint/business-metrics/testing';
import { migrateClickHouse } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBusinessStore } from './open-store.ts';
import { runBusinessMetrics } from './run-metrics.ts';
import { differences } from './testing/compare.ts';
import { productRows } from './testing/rows.ts';

/** An era of this test's own: figures of a day follow from everything before it. */
const FROM_MS = Date.UTC(2005, 0, 3);
const DAYS = 40;
const END_MS = FROM_MS + DAYS * DAY_MS;
const ERA_END = '2006-01-01';
const RUN = randomUUID().slice(0, 8);
const PARTITION = 1_700_000_000 + Math.floor(Math.random() * 1e6);
const signal = new AbortController().signal;

const events = generateHistory({ run: RUN, seed: 14, people: 40, fromMs: FROM_MS, days: DAYS });
/** One anonymous person turns out to be a user. */
const [known, owner] = [`${RUN}-a1`, `${RUN}-u0`];
const person = ({ user, anonymous }: PlainEvent) =>
  user !== null ? `u:${user}` : anonymous === known ? `u:${owner}` : `a:${anonymous}`;

let client: ClickHouseClient;
let store: ReturnType<typeof openBusinessStore>;
let stored = 0;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const account = {
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
  };
  await migrateClickHouse({ ...account });
  client = createClient({ ...account, log: { level: ClickHouseLogLevel.OFF } });
  store = openBusinessStore(account);
  await clear();
});
afterAll(async () => {
  await clear();
  await client?.command({
    query: `ALTER TABLE fineprint.identity_links DELETE WHERE anonymous_id = '${known}' SETTINGS mutations_sync = 1`,
  });
  await store?.close();
  await client?.close();
});

async function clear(): Promise<void> {
  for (const table of ['product_events', 'business_money_events']) {
    await client?.command({
      query: `ALTER TABLE fineprint.${table} DELETE WHERE event_time < '${ERA_END}' SETTINGS mutations_sync = 1`,
    });
  }
}

async function load(part: readonly PlainEvent[]): Promise<void> {
  const values = productRows(part, PARTITION, stored);
  stored += part.length;
  await client.insert({ table: 'fineprint.product_events', values, format: 'JSONEachRow' });
}

const run = (what: Parameters<typeof runBusinessMetrics>[1]['what']) =>
  runBusinessMetrics(store, {
    convention: DEFAULT_CONVENTION,
    nowMs: END_MS - 1,
    what,
    retentionDays: 36_500,
    signal,
  });

type Rows = Readonly<Record<string, string | number | null>>[];

async function view(name: string, { granularity, first, count }: Buckets): Promise<Rows> {
  const size = granularity === 'hour' ? DAY_MS / 24 : DAY_MS;
  const result = await client.query({
    query: `SELECT * FROM fineprint.${name} WHERE granularity = {granularity:String}
      AND period_start >= toDateTime({from:Int64}) AND period_start < toDateTime({to:Int64})`,
    query_params: {
      granularity,
      from: (first * size) / 1_000,
      to: ((first + count) * size) / 1_000,
    },
    format: 'JSONEachRow',
    clickhouse_settings: {
      output_format_json_quote_decimals: 1,
      output_format_json_quote_64bit_integers: 0,
    },
  });
  return result.json();
}

const expectAll = async (of: readonly PlainEvent[], buckets: Buckets): Promise<void> =>
  expect(await differences((name) => view(name, buckets), of, DEFAULT_CONVENTION, person, buckets)).toEqual(
    [],
  );

it('computes what a recomputation does, whatever came late, out of order, or was run twice', async () => {
  await client.insert({
    table: 'fineprint.identity_links',
    values: [{ anonymous_id: known, user_id: owner, revision: 1 }],
    format: 'JSONEachRow',
  });
  // The later half arrives first.
  const late = events.filter(({ ms }) => ms < FROM_MS + 25 * DAY_MS);
  const early = events.filter((event) => !late.includes(event));
  await load(early);
  const first = await run('hourly');
  expect(first).toMatchObject({ mode: 'hourly', toMs: END_MS });
  await expectAll(early, bucketsOf('day', END_MS - 2 * DAY_MS, END_MS));
  // A run goes back to the earliest event that came since the one before.
  await load(late);
  const second = await run('hourly');
  expect(second.fromMs).toBe(Math.floor(Math.min(...late.map(({ ms }) => ms)) / DAY_MS) * DAY_MS);
  const since = bucketsOf('day', second.fromMs, END_MS);
  await expectAll(events, since);
  await expectAll(events, bucketsOf('hour', END_MS - 9 * DAY_MS, END_MS - 5 * DAY_MS));
  // Nothing new: only the last days. Two at a time, one of them of a range in the middle.
  const chosen = { fromMs: FROM_MS + 20 * DAY_MS, toMs: END_MS - 3 * DAY_MS };
  const [third] = await Promise.all([run('hourly'), run(chosen)]);
  expect(third.fromMs).toBe(END_MS - 2 * DAY_MS);
  await expectAll(events, since);
});

it('replaces a period as a whole: what is not there any more is gone', async () => {
  const [gone] = events.filter(({ name }) => name === 'payment');
  const kept = events.filter((event) => person(event) !== (gone && person(gone)));
  const ids = events.filter((event) => !kept.includes(event)).map(({ id }) => `'${id}'`);
  for (const [table, id] of [
    ['product_events', 'event_id'],
    ['business_money_events', 'id'],
  ]) {
    await client.command({
      query: `ALTER TABLE fineprint.${table} DELETE WHERE ${id} IN (${ids.join(', ')}) SETTINGS mutations_sync = 1`,
    });
  }
  const fromMs = END_MS - 20 * DAY_MS;
  await run({ fromMs, toMs: END_MS });
  await expectAll(kept, bucketsOf('day', fromMs, END_MS));
  await client.command({ query: 'OPTIMIZE TABLE fineprint.business_usage_rows FINAL' });
  await expectAll(kept, bucketsOf('day', fromMs, END_MS));
});
