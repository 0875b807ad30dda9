import { createClient } from '@clickhouse/client';
import type { StackEndpoints } from '@fineprint/stack';

/** As a bare program would insert. */
const ROWS_PER_INSERT = 10_000;
const TABLE = 'fineprint.bench_rows';

/**
 * Rows a second by JSONEachRow, 10,000 at a time, one insert after another, of the rows the loader has just stored, into a
 * table like theirs without views. Making the JSON is not counted.
 */
export async function insertLimit(endpoints: StackEndpoints, rows: number): Promise<number> {
  const client = createClient({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
    request_timeout: 120_000,
  });
  try {
    await client.command({ query: `DROP TABLE IF EXISTS ${TABLE}` });
    await client.command({ query: `CREATE TABLE ${TABLE} AS fineprint.product_events` });
    const bodies: Record<string, unknown>[][] = [];
    for (let from = 0; from < rows; from += ROWS_PER_INSERT) {
      const answer = await client.query({
        query: `SELECT * FROM fineprint.product_events ORDER BY _partition, _offset LIMIT {n:UInt32} OFFSET {from:UInt32}`,
        query_params: { n: ROWS_PER_INSERT, from },
        format: 'JSONEachRow',
      });
      bodies.push(await answer.json<Record<string, unknown>>());
    }
    const startedMs = performance.now();
    for (const values of bodies) await client.insert({ table: TABLE, values, format: 'JSONEachRow' });
    const seconds = (performance.now() - startedMs) / 1_000;
    return Math.round(bodies.reduce((sum, body) => sum + body.length, 0) / seconds);
  } finally {
    await client.command({ query: `DROP TABLE IF EXISTS ${TABLE}` });
    await client.close();
  }
}
