import type { ClickHouseClient } from '@clickhouse/client';
import { WindowCounts } from '@fineprint/ai-metrics';
import type { RecordOf } from '@fineprint/topology';

type AiRequest = RecordOf<'ai.requests.clean'>;

const MINUTE_MS = 60_000;
const PARTITIONS = 6;
const FIRST_PARTITION = 3_000_000; // that no other test writes

/** Requests as the aggregator would have left them in ClickHouse: by minute, spread over partitions. */
export async function insertMetrics(client: ClickHouseClient, requests: readonly AiRequest[]): Promise<void> {
  const windows = Map.groupBy(
    requests.map((request, i) => ({ request, partition: FIRST_PARTITION + (i % PARTITIONS) })),
    ({ request: r, partition }) =>
      JSON.stringify([Math.floor(r.event_time / MINUTE_MS), r.model_name, r.model_version, partition]),
  );
  const values = [...windows].map(([key, group], i) => {
    const [minute, model, version, partition] = JSON.parse(key) as [number, string, string, number];
    const counts = new WindowCounts();
    for (const { request } of group) counts.add(request, null);
    return {
      ...counts.counts(),
      window_start: clickhouseTime(minute * MINUTE_MS),
      received_at: clickhouseTime(Date.now()),
      model_name: model,
      model_version: version,
      _partition: partition,
      _offset: i,
      _source_offset: -1,
      as_of_offset: Date.now(), // later calls replace what earlier ones said of the same minutes
    };
  });
  await client.insert({ table: 'fineprint.ai_metrics', values, format: 'JSONEachRow' });
}

const clickhouseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
