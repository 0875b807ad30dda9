import { createHash, randomUUID } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { useTestStack } from '@fineprint/stack/testing';
import { parse } from 'csv-parse/sync';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createApiKey } from '../keys/api-keys.ts';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

/** An era of this test's own. */
const FROM = '2003-05-01';
const TO = '2003-06-01';
const ROWS = 300_000;
const RUN = `exports-${randomUUID().slice(0, 8)}`;
const COPY = `fineprint.exports_itest_${randomUUID().slice(0, 8)}`;
const EVIL = ['=1+1', '+x', '-2', '@SUM(A1)', '\tx', 'plain, with "quotes"\nand lines', "'quoted"];

let api: RealApi;
let key: string;

beforeAll(async () => {
  api = await startRealApi();
  const pool = new Pool({ connectionString: useTestStack().endpoints.databaseUrl, max: 1 });
  key = (await createApiKey(pool, { name: RUN, role: 'analyst', unmasked: true })).key;
  await pool.end();
  await api.clickhouse.command({
    query: `INSERT INTO fineprint.product_events (event_id, kind, event_name, event_time, received_at, user_id, source, properties,
        context, conversion_value, currency, _partition, _offset, _source_offset)
      SELECT generateUUIDv4(), 'conversion', '${RUN}', toDateTime64('${FROM} 00:00:00', 3, 'UTC') + toIntervalSecond(number),
        now64(3), concat('u', toString(number % 1000)), 'itest', '{"i":1}', '{}', number / 4, 'EUR', 1900000001, number, number
      FROM numbers(${ROWS})`,
  });
  await api.clickhouse.insert({
    table: 'fineprint.product_events',
    values: EVIL.map((user_id, i) => ({
      event_id: randomUUID(),
      kind: 'track',
      event_name: `${RUN}-evil`,
      event_time: '2003-05-20 00:00:00.000',
      received_at: '2026-01-01 00:00:00.000',
      user_id,
      source: 'itest',
      properties: '{}',
      context: '{}',
      _partition: 1_900_000_002,
      _offset: i,
      _source_offset: i,
    })),
    format: 'JSONEachRow',
  });
});
afterAll(async () => {
  await api?.clickhouse.command({ query: `DROP TABLE IF EXISTS ${COPY}` });
  await api?.clickhouse.command({
    query: `ALTER TABLE fineprint.product_events DELETE WHERE startsWith(event_name, '${RUN}') SETTINGS mutations_sync = 1`,
  });
  await api?.close();
});

/** By node's own client, which tells trailers. */
const request = (path: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}` };
    get(`${api.url}/api/v1/exports/${path}`, { headers }, resolve).on('error', reject);
  });

async function download(path: string) {
  const response = await request(path);
  const bytes = await buffer(response);
  expect(response.statusCode, bytes.toString('utf8', 0, 300)).toBe(200);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(response.trailers).toEqual({ 'x-export-rows': expect.any(String), 'x-export-sha256': sha256 });
  return { bytes, rows: Number(response.trailers['x-export-rows']) };
}

const whole = `name=${RUN}&from=${FROM}&to=${TO}`;
/** Of 0 to ROWS - 1, each by 4. */
const SUM = (ROWS * (ROWS - 1)) / 8;

it('streams every row in each format, and what is read back is what the table holds', async () => {
  const csv = await download(`product_events?format=csv&columns=conversion_value,user_id&${whole}`);
  const lines = parse(csv.bytes, { from_line: 2 }) as string[][];
  expect([csv.rows, lines.length]).toEqual([ROWS, ROWS]);
  expect(lines.reduce((sum, [value]) => sum + Number(value), 0)).toBe(SUM);

  const jsonl = await download(`product_events?format=jsonl&columns=conversion_value,event_time&${whole}`);
  const objects = jsonl.bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([jsonl.rows, objects.length]).toEqual([ROWS, ROWS]);
  expect(objects.reduce((sum, row) => sum + row.conversion_value, 0)).toBe(SUM);
  expect(objects[0].event_time).toMatch(/^2003-05-0\d(?:T| )/);

  // ClickHouse reads the Parquet file by itself: other types or rows would not fit.
  const parquet = await download(`product_events?format=parquet&${whole}`);
  expect(parquet.rows).toBe(ROWS);
  await api.clickhouse.command({
    query: `CREATE TABLE ${COPY} (event_id String, event_time DateTime64(3, 'UTC'), user_id Nullable(String), conversion_value Nullable(Float64)) ENGINE = MergeTree ORDER BY event_id`,
  });
  await api.clickhouse.exec({
    query: `INSERT INTO ${COPY} FORMAT Parquet`,
    values: Readable.from([parquet.bytes]),
    clickhouse_settings: { input_format_parquet_allow_missing_columns: 1 },
  });
  const figures = `count() AS n, sum(conversion_value) AS s, sum(cityHash64(toString(event_id), event_time, user_id, conversion_value)) AS h`;
  const read = async (from: string) =>
    (
      await (
        await api.clickhouse.query({ query: `SELECT ${figures} FROM ${from}`, format: 'JSONEachRow' })
      ).json()
    )[0];
  expect(await read(COPY)).toEqual(await read(`fineprint.product_events WHERE event_name = '${RUN}'`));
});

it('lets no spreadsheet run a text, unless asked to leave it', async () => {
  const path = `product_events?columns=user_id&name=${RUN}-evil`;
  const cells = async (more: string) => {
    const { bytes, rows } = await download(path + more);
    expect(rows).toBe(EVIL.length);
    return (parse(bytes, { from_line: 1 }) as string[][])
      .slice(1)
      .map(([cell]) => cell ?? '')
      .sort();
  };
  const safe = EVIL.map((text) => (/^[=+\-@\t]/.test(text) ? `'${text}` : text)).sort();
  expect(await cells('')).toEqual(safe);
  expect(await cells('&spreadsheet_safe=false')).toEqual([...EVIL].sort());
});

it('of nothing is a whole file too; limits are kept', async () => {
  for (const format of ['csv', 'jsonl', 'parquet'])
    expect((await download(`product_events?format=${format}&name=${RUN}-none`)).rows).toBe(0);
  expect((await download(`product_events?format=parquet&limit=7&${whole}`)).rows).toBe(7);
  expect((await download('business_revenue?format=parquet&limit=1')).rows).toBeLessThanOrEqual(1);
});

it('every data set can be exported in every format', async () => {
  const { body } = await api.ask('GET', '/api/v1/exports');
  const { datasets } = body as { datasets: { name: string }[] };
  for (const { name } of datasets)
    for (const format of ['csv', 'jsonl', 'parquet']) await download(`${name}?format=${format}&limit=1`);
});

it('ends the query when the client goes away', async () => {
  const running = async () => {
    const result = await api.clickhouse.query({
      query: `SELECT count() AS n FROM system.processes WHERE query LIKE '%FORMAT JSONEachRow%' AND query LIKE '%product_events%' AND query NOT LIKE '%system.processes%'`,
      format: 'JSONEachRow',
    });
    return Number((await result.json<{ n: number }>())[0]?.n);
  };
  // Nobody reads, so the answer waits for its reader; then the reader goes.
  const response = await request(`product_events?format=jsonl&${whole}`);
  response.pause();
  await vi.waitFor(async () => expect(await running()).toBeGreaterThan(0), { timeout: 20_000, interval: 50 });
  response.destroy();
  await vi.waitFor(async () => expect(await running()).toBe(0), { timeout: 20_000, interval: 50 });
});
