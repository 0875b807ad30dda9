import type { ClickHouseClient } from '@clickhouse/client';
import type { History } from './behaviour-rows.ts';

const BATCH = 20_000;
const clickhouseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** Puts a history where the loader would; `partition` is one that nobody else writes. */
export async function storeHistory(
  client: ClickHouseClient,
  { events, links }: History,
  partition: number,
): Promise<void> {
  const received_at = clickhouseTime(Date.now());
  for (let from = 0; from < events.length; from += BATCH) {
    const values = events.slice(from, from + BATCH).map((event, i) => ({
      ...event,
      event_time: clickhouseTime(event.event_time),
      received_at,
      _partition: partition,
      _offset: from + i,
      _source_offset: -1,
    }));
    await client.insert({ table: 'fineprint.product_events', values, format: 'JSONEachRow' });
  }
  // Earlier identifies come with higher revisions, as person-builder numbers them.
  const values = [...links]
    .sort((a, b) => b.timeMs - a.timeMs || (a.userId < b.userId ? 1 : -1))
    .map((link, i) => ({
      anonymous_id: link.anonymousId,
      user_id: link.userId,
      identified_at: clickhouseTime(link.timeMs),
      revision: i + 1,
      updated_at: received_at,
      received_at,
      _partition: partition,
      _offset: i,
      _source_offset: i,
    }));
  if (values.length > 0)
    await client.insert({ table: 'fineprint.identity_links', values, format: 'JSONEachRow' });
}
