import type { BusinessStore } from './store.ts';

/** How far product_events reach: topic/partition → the highest offset. */
export type Positions = ReadonlyMap<string, number>;

interface Row {
  readonly place: string;
  readonly position: number;
}

const mapOf = (rows: readonly Row[]): Positions =>
  new Map(rows.map(({ place, position }) => [place, position]));
const PLACE = `concat(_topic, '/', toString(_partition))`;

/** From the parts' projection, without a look at the rows. */
export async function readPositions(store: BusinessStore, signal: AbortSignal): Promise<Positions> {
  const query = `SELECT ${PLACE} AS place, max(_offset) AS position FROM fineprint.product_events GROUP BY _topic, _partition`;
  return mapOf(await store.rows<Row>(query, {}, signal));
}

/** How far the finished runs of schedules had read, together; empty before the first one. */
export async function lastPositions(store: BusinessStore, signal: AbortSignal): Promise<Positions> {
  const query = `SELECT place, max(offset) AS position FROM fineprint.business_runs
    ARRAY JOIN mapKeys(positions) AS place, mapValues(positions) AS offset GROUP BY place`;
  return mapOf(await store.rows<Row>(query, {}, signal));
}

/** When the earliest event happened that is above the positions; null where there is none. Without positions: of all. */
export async function earliestNewMs(
  store: BusinessStore,
  last: Positions,
  signal: AbortSignal,
): Promise<number | null> {
  const known = [...last];
  const [row] = await store.rows<{ n: number; earliest: number }>(
    `SELECT count() AS n, toUnixTimestamp64Milli(min(event_time)) AS earliest FROM fineprint.product_events
      WHERE _offset > transform(${PLACE}, {places:Array(String)}, {offsets:Array(Int64)}, toInt64(-1))`,
    { places: known.map(([place]) => place), offsets: known.map(([, offset]) => offset) },
    signal,
  );
  return row === undefined || row.n === 0 ? null : row.earliest;
}
