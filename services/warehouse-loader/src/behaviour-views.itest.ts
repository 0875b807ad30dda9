import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let client: ClickHouseClient;
const run = randomUUID().slice(0, 8);
const at = '2026-01-02 03:04:05.006';
const place = (offset: number) => ({ received_at: at, _partition: 0, _offset: offset, _source_offset: -1 });

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const account = { username: endpoints.clickhouseUsername, password: endpoints.clickhousePassword };
  await migrateClickHouse({ url: endpoints.clickhouseUrl, ...account });
  client = createClient({ url: endpoints.clickhouseUrl, ...account, log: { level: ClickHouseLogLevel.OFF } });
});
afterAll(() => client?.close());

const insert = (table: string, values: object[]) =>
  client.insert({ table: `fineprint.${table}`, values, format: 'JSONEachRow' });

async function rows(query: string): Promise<unknown[]> {
  const result = await client.query({ query, query_params: { run }, format: 'JSONEachRow' });
  return result.json();
}

it('shows the highest revision of each, whatever order they came in, and leaves merged persons out', async () => {
  const progress = (person: string, revision: number, level: number, merged: string | null = null) => ({
    ...{ person: `${person}-${run}`, funnel: run, definition_version: 1, revision, level, step_count: 2 },
    ...{ steps: ['a', 'b'].slice(0, level), step_times: [at, at].slice(0, level), exact: true },
    ...{ entered_at: at, reached_at: at, open_until: null, merged_into: merged, updated_at: at },
    ...place(revision),
  });
  await insert('funnel_progress', [progress('u:ann', 5, 2), progress('a:x', 1, 1)]);
  await insert('funnel_progress', [progress('u:ann', 3, 1), progress('a:x', 4, 0, 'u:ann')]);
  const people = 'SELECT person, level, converted FROM fineprint.funnel_people WHERE funnel = {run:String}';
  expect(await rows(people)).toEqual([{ person: `u:ann-${run}`, level: 2, converted: 1 }]);

  const membership = (person: string, revision: number, member: boolean) => ({
    ...{ person, cohort: run, definition_version: 1, revision, member, since: at, merged_into: null },
    ...{ updated_at: at, ...place(revision) },
  });
  await insert('cohort_membership', [membership('u:ann', 9, false), membership('u:bob', 8, true)]);
  await insert('cohort_membership', [membership('u:ann', 7, true)]);
  expect(await rows('SELECT person FROM fineprint.cohort_members WHERE cohort = {run:String}')).toEqual([
    { person: 'u:bob' },
  ]);
});

it('gives each event to the person it belongs to', async () => {
  const event = (offset: number, user_id: string | null, anonymous_id: string | null) => ({
    ...{ event_id: randomUUID(), kind: 'track', event_name: run, event_time: at, source: 'test' },
    ...{ user_id, anonymous_id, properties: '{}', context: '{}', flags: [], ...place(offset) },
  });
  const link = (user_id: string, revision: number) => ({
    ...{ anonymous_id: `x-${run}`, user_id, identified_at: at, revision, updated_at: at, ...place(revision) },
  });
  await insert('product_events', [
    event(1, 'ann', `x-${run}`),
    event(2, null, `x-${run}`),
    event(3, null, `y-${run}`),
    event(4, null, null),
  ]);
  await insert('identity_links', [link('bob', 2)]);
  await insert('identity_links', [link('carol', 1)]);
  const events = await rows(
    'SELECT person FROM fineprint.product_events_by_person WHERE event_name = {run:String} ORDER BY person',
  );
  expect(events).toEqual([
    { person: '' },
    { person: `a:y-${run}` },
    { person: 'u:ann' },
    { person: 'u:bob' },
  ]);
});
