import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import type { StackEndpoints } from '@fineprint/stack';

/** As a bare program would insert. */
const ROWS_PER_INSERT = 10_000;
const TABLE = 'fineprint.bench_rows';

/** Rows a second that ClickHouse takes, one insert after another. */
export interface InsertLimits {
  /** 10,000 rows as JSON each time, which most programs send. */
  readonly json: number;
  /** The same rows as Avro container files, which the loader sends: reading them is ClickHouse's own limit. */
  readonly container: number;
}

/** Of the rows that the loader has just stored, into a table like theirs. Making the bodies is not counted. */
export async function insertLimits(endpoints: StackEndpoints, rows: number): Promise<InsertLimits> {
  const client = createClient({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
    request_timeout: 120_000,
    clickhouse_settings: { send_progress_in_http_headers: 1, http_headers_progress_interval_ms: '20000' },
  });
  const starts = Array.from({ length: Math.ceil(rows / ROWS_PER_INSERT) }, (_, i) => i * ROWS_PER_INSERT);
  try {
    const objects: Record<string, unknown>[][] = [];
    for (const from of starts)
      objects.push(await (await select(client, from)).json<Record<string, unknown>>());
    const json = await rate(client, rows, objects, (values) =>
      client.insert({ table: TABLE, values, format: 'JSONEachRow' }),
    );
    const files: Buffer[] = [];
    for (const from of starts) files.push(await containerFile(client, from));
    const container = await rate(client, rows, files, async (file) => {
      const { stream } = await client.exec({
        query: `INSERT INTO ${TABLE} FORMAT Avro`,
        values: Readable.from([file], { objectMode: false }),
        clickhouse_settings: { input_format_null_as_default: 1 },
      });
      await text(stream);
    });
    return { json, container };
  } finally {
    await client.command({ query: `DROP TABLE IF EXISTS ${TABLE}` });
    await client.close();
  }
}

const PAGE = `FROM fineprint.product_events ORDER BY _partition, _offset LIMIT ${ROWS_PER_INSERT} OFFSET {from:UInt32}`;
const select = (client: ClickHouseClient, from: number) =>
  client.query({ query: `SELECT * ${PAGE}`, query_params: { from }, format: 'JSONEachRow' });

async function containerFile(client: ClickHouseClient, from: number): Promise<Buffer> {
  const { stream } = await client.exec({
    query: `SELECT * ${PAGE} FORMAT Avro`,
    query_params: { from },
    clickhouse_settings: { output_format_avro_codec: 'null' },
  });
  return buffer(stream);
}

async function rate<Body>(
  client: ClickHouseClient,
  rows: number,
  bodies: readonly Body[],
  insert: (body: Body) => Promise<unknown>,
): Promise<number> {
  await client.command({ query: `DROP TABLE IF EXISTS ${TABLE}` });
  await client.command({ query: `CREATE TABLE ${TABLE} AS fineprint.product_events` });
  const startedMs = performance.now();
  for (const body of bodies) await insert(body);
  const seconds = (performance.now() - startedMs) / 1_000;
  return Math.round(rows / seconds);
}
