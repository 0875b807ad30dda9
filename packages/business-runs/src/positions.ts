import type { ClickHouseClient } from '@clickhouse/client';

/** How far product_events reach: topic/partition → the highest offset. */
export type Positions = ReadonlyMap<string, number>;

interface Row {
  readonly place: string;
  readonly position: number;
}

async function rowsOf<T>(client: ClickHouseClient, query: string, values: Record<string, unknown> = {}) {
  const result = await client.query({
    query,
    query_params: values,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  return result.json<T>();
}

const PLACE = `concat(_topic, '/', toString(_partition))`;

/** From the parts' projection, without a look at the rows. */
export async function readPositions(client: ClickHouseClient): Promise<Positions> {
  const rows = await rowsOf<Row>(
    client,
    `SELECT ${PLACE} AS place, max(_offset) AS position FROM fineprint.product_events GROUP BY _topic, _partition`,
  );
  return new Map(rows.map(({ place, position }) => [place, position]));
}

/** How far the finished runs of schedules had read, together; null before the first one. */
export async function lastPositions(client: ClickHouseClient): Promise<Positions | null> {
  const rows = await rowsOf<Row>(
    client,
    `SELECT place, max(position) AS position FROM fineprint.business_runs
      ARRAY JOIN mapKeys(positions) AS place, mapValues(positions) AS position GROUP BY place`,
  );
  return rows.length === 0 ? null : new Map(rows.map(({ place, position }) => [place, position]));
}

/** When the earliest event happened that is above the positions; null where there is none. Without positions: of all. */
export async function earliestNewMs(
  client: ClickHouseClient,
  last: Positions | null,
): Promise<number | null> {
  const known = [...(last ?? [])];
  const [row] = await rowsOf<{ n: number; earliest: number }>(
    client,
    `SELECT count() AS n, toUnixTimestamp64Milli(min(event_time)) AS earliest FROM fineprint.product_events
      WHERE _offset > transform(${PLACE}, {places:Array(String)}, {offsets:Array(Int64)}, toInt64(-1))`,
    { places: known.map(([place]) => place), offsets: known.map(([, offset]) => offset) },
  );
  return row === undefined || row.n === 0 ? null : row.earliest;
}
