import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createMask, MASKED_DATABASE, sensitivityOf, undeclared } from '@fineprint/masking';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApiKey } from '../keys/api-keys.ts';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const RUN = `masking-${randomUUID().slice(0, 8)}`;
const USER = `${RUN}-anna`;
/** Beyond what others put into the partition. */
const PARTITION = 9_400;
let api: RealApi;
let masked: ClickHouseClient;
let key: string;
let standIn: string;

const rowsOf = async <T>(client: ClickHouseClient, query: string): Promise<T[]> =>
  (await client.query({ query, format: 'JSONEachRow' })).json<T>();
const failureOf = (client: ClickHouseClient, query: string): Promise<string> =>
  rowsOf(client, query).then(
    (rows) => `answered ${JSON.stringify(rows)}`,
    (error: Error) =>
      /privileges|does not exist|readonly|no tables/i.test(error.message) ? 'refused' : error.message,
  );

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const account = endpoints.clickhouseMasked;
  if (account === undefined) throw new Error('the stack has no masked account');
  api = await startRealApi();
  masked = createClient({
    url: endpoints.clickhouseUrl,
    ...account,
    database: MASKED_DATABASE,
    log: { level: ClickHouseLogLevel.OFF },
  });
  const [row] = await rowsOf<{ key: string }>(
    api.clickhouse,
    'SELECT min(masking_key) AS key FROM fineprint.masking_key',
  );
  key = row?.key ?? '';
  standIn = createMask(key)('id', USER);
  const place = {
    received_at: Date.now(),
    _partition: PARTITION,
    _source_offset: -1,
    event_time: Date.now(),
  };
  const common = { ...place, event_id: randomUUID(), source: RUN, context: '{}', flags: [] };
  await api.clickhouse.insert({
    table: 'fineprint.product_events',
    format: 'JSONEachRow',
    values: [
      {
        ...common,
        kind: 'identify',
        event_name: RUN,
        user_id: USER,
        anonymous_id: null,
        properties: '{"plan":"pro"}',
        traits: '{"city":"Ghent","age":41}',
        _offset: Date.now(),
      },
    ],
  });
  await api.clickhouse.insert({
    table: 'fineprint.ai_requests',
    format: 'JSONEachRow',
    values: [
      {
        ...common,
        model_name: RUN,
        model_version: '1',
        user_id: USER,
        properties: '{"prompt":"I am Anna \\"quoted\\"","tokens":3,"cached":true,"nested":{"prompt":"x"}}',
        success: true,
        _offset: Date.now(),
      },
    ],
  });
});
afterAll(async () => {
  await masked?.close();
  await api?.close();
});

describe('the masked account', () => {
  it('has a view of every table and view, in which nothing that could tell is undeclared', async () => {
    const columns = await rowsOf<{ database: string; table: string; name: string; type: string }>(
      api.clickhouse,
      `SELECT database, table, name, type FROM system.columns WHERE database IN ('fineprint', '${MASKED_DATABASE}')
       AND NOT startsWith(table, '.') AND table NOT IN ('schema_migrations', 'masking_key')`,
    );
    const own = columns.filter(({ database }) => database === 'fineprint');
    const viewed = new Set(
      columns.filter(({ database }) => database === MASKED_DATABASE).map((c) => `${c.table}.${c.name}`),
    );
    expect(own.flatMap((column) => undeclared(column.table, [column]))).toEqual([]);
    expect(own.map((c) => `${c.table}.${c.name}`).filter((name) => !viewed.has(name))).toEqual([]);
    // Each can be asked, and none shows the id of the person who is in them.
    const tables = [...new Set(own.map(({ table }) => table))];
    for (const table of tables) {
      const hidden = own.filter(
        ({ table: of, name }) => of === table && sensitivityOf(table, name) !== 'open',
      );
      const texts = hidden
        .filter(({ type }) => /String/.test(type))
        .map(({ name }) => `toString(\`${name}\`)`);
      const found =
        texts.length === 0
          ? 'countIf(0)'
          : `countIf(${texts.map((text) => `position(ifNull(${text}, ''), '${USER}') > 0`).join(' OR ')})`;
      expect([table, await rowsOf(masked, `SELECT toFloat64(${found}) AS n FROM ${table}`)]).toEqual([
        table,
        [{ n: 0 }],
      ]);
    }
  });

  it('sees the stand-in that the API shows too, of words nothing, and the rest as it is', async () => {
    const query = `SELECT user_id, anonymous_id, subject, person, properties, traits FROM product_events_by_person
      JOIN (SELECT event_id, subject FROM product_events) AS s USING event_id WHERE event_name = '${RUN}'`;
    expect(await rowsOf(masked, query)).toEqual([
      {
        user_id: standIn,
        anonymous_id: null,
        subject: standIn,
        person: `u:${standIn}`,
        properties: '{"plan":"pro"}',
        traits: '{"city":"[masked]","age":41}',
      },
    ]);
    expect(
      await rowsOf(masked, `SELECT user_id, properties FROM ai_requests WHERE model_name = '${RUN}'`),
    ).toEqual([
      {
        user_id: standIn,
        properties: '{"prompt":"[masked]","tokens":3,"cached":true,"nested":"[masked]"}',
      },
    ]);
  });

  it('can neither read the tables nor learn the key', async () => {
    for (const query of [
      'SELECT user_id FROM fineprint.product_events LIMIT 1',
      'SELECT * FROM fineprint.masking_key',
      `SELECT * FROM merge('fineprint', '.*') LIMIT 1`,
      `CREATE VIEW ${MASKED_DATABASE}.mine AS SELECT 1`,
      `ALTER TABLE ${MASKED_DATABASE}.product_events MODIFY COMMENT ''`,
    ])
      expect([query, await failureOf(masked, query)]).toEqual([query, 'refused']);
    const asked = 'SELECT user_id FROM product_events';
    for (const query of [
      'SHOW CREATE TABLE product_events',
      `SELECT * FROM system.tables WHERE database = '${MASKED_DATABASE}'`,
      `EXPLAIN PLAN actions = 1, header = 1 ${asked}`,
      `EXPLAIN QUERY TREE run_passes = 1, dump_ast = 1 ${asked}`,
      `EXPLAIN SYNTAX ${asked}`,
      `EXPLAIN PIPELINE header = 1 ${asked}`,
    ]) {
      const shown = await rowsOf<object>(masked, query).then(JSON.stringify, (error: Error) => error.message);
      expect([query, shown.includes(key)]).toEqual([query, false]);
    }
  });
});

it('an export is masked for whoever may not see people', async () => {
  const analyst = (await createApiKey(api.pool, { name: RUN, role: 'analyst' })).key;
  const get = async (dataset: string, headers: Record<string, string>) => {
    const response = await fetch(`${api.url}/api/v1/exports/${dataset}?format=jsonl&name=${RUN}`, {
      headers: { authorization: `Bearer ${analyst}`, ...headers },
    });
    return response.text();
  };
  const officer = (await createApiKey(api.pool, { name: RUN, role: 'admin' })).key;
  const own = { authorization: `Bearer ${officer}` };
  for (const dataset of ['product_events', 'product_events_by_person', 'ai_requests']) {
    const [hidden, open] = [await get(dataset, {}), await get(dataset, own)];
    expect([dataset, hidden.includes(USER), hidden.includes(standIn)]).toEqual([dataset, false, true]);
    expect([dataset, open.includes(USER)]).toEqual([dataset, true]);
    const names = (text: string) => Object.keys(JSON.parse(text.split('\n')[0] ?? '{}') as object);
    expect(names(hidden)).toEqual(names(open));
  }
});
