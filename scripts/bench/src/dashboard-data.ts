import type { ClickHouseClient } from '@clickhouse/client';

/** How far back the pages look by themselves, at most. */
const DAYS = 90;
const PARTITIONS = 6;
/** As the committer writes them under load: so many records in an entry. */
const ENTRY_RECORDS = 50;
const STAGES = [
  ['pii-scrubber', 'product.events.raw', 'emitted'],
  ['warehouse-loader', 'product.events.clean', 'stored'],
  ['funnel-builder', 'product.events.clean', 'emitted'],
  ['postgres-loader', 'product.events.clean', 'stored'],
] as const;

/** The books of `events` events at four stages, a note for every 20th, a refusal for every 1,000th, and business figures. */
export async function fillDashboardTables(clickhouse: ClickHouseClient, events: number): Promise<void> {
  const found = await clickhouse.query({
    query: "SELECT count() AS n FROM fineprint.pipeline_ledger WHERE instance = 'bench-dashboard'",
    format: 'JSONEachRow',
  });
  if (Number((await found.json<{ n: number | string }>())[0]?.n) > 0) return;
  for (const [stage, topic, kind] of STAGES)
    await clickhouse.command({ query: ledgerSql(stage, topic, kind, Math.ceil(events / ENTRY_RECORDS)) });
  await clickhouse.command({ query: notesSql("'scrubbed'", "''", "['EMAIL', 'PHONE']", events / 20) });
  await clickhouse.command({ query: notesSql("'dead_lettered'", "'unknown_schema'", '[]', events / 1_000) });
  for (const query of BUSINESS) await clickhouse.command({ query });
}

const ago = (days: number) => `now64(3) - toIntervalSecond(intDiv(number * ${days * 86_400}, total))`;

const ledgerSql = (stage: string, topic: string, kind: string, entries: number) => `
  INSERT INTO fineprint.pipeline_ledger (entry_id, stage, instance, role, topic, partition, first_offset, next_offset, records,
    line_kinds, line_targets, line_records, line_ids_murmur3, line_ids_xxh32, first_time, last_time, written_at, received_at, _partition, _offset, _source_offset)
  WITH ${entries} AS total
  SELECT generateUUIDv4(), '${stage}', 'bench-dashboard', 'account', '${topic}', toInt32(number % ${PARTITIONS}) AS p,
    intDiv(number, ${PARTITIONS}) * ${ENTRY_RECORDS} AS first, first + ${ENTRY_RECORDS}, ${ENTRY_RECORDS},
    if(number % 20 = 0, ['${kind}', 'dead_lettered'], ['${kind}']), if(number % 20 = 0, ['x', 'unknown_schema'], ['x']),
    if(number % 20 = 0, [${ENTRY_RECORDS - 1}, 1], [${ENTRY_RECORDS}]) AS counts, counts, counts, ${ago(30)} AS at, at, at, at, p, number, -1
  FROM numbers(${entries})`;

const notesSql = (kind: string, reason: string, types: string, rows: number) => `
  INSERT INTO fineprint.event_notes (event_id, stage, kind, reason, topic, partition, offset, types, paths, noted_at, received_at,
    _partition, _offset, _source_offset)
  WITH ${Math.ceil(rows)} AS total
  SELECT generateUUIDv4(), 'pii-scrubber', ${kind}, ${reason}, 'product.events.raw', toInt32(number % ${PARTITIONS}),
    number, ${types}, ['properties.note'], ${ago(30)} AS at, at, toInt32(number % ${PARTITIONS}), number, -1
  FROM numbers(${Math.ceil(rows)})`;

const period = `toStartOfDay(now()) - toIntervalDay(number) AS at`;
const BUSINESS = [
  `INSERT INTO fineprint.business_revenue_rows SELECT 'day', ${period}, 'EUR', 1, now64(3), 1000, 1000 + ${DAYS} - number, 40,
     20, 1, 0, 0, 5, 1, 2, 1, 8, 1, 300, 12, 9, 1, 0 FROM numbers(${DAYS})`,
  `INSERT INTO fineprint.business_plan_rows SELECT 'day', toStartOfDay(now()) - toIntervalDay(intDiv(number, 4)), 'EUR',
     ['free', 'starter', 'professional', 'enterprise'][number % 4 + 1], 1, now64(3), 250, 10 FROM numbers(${4 * DAYS})`,
  `INSERT INTO fineprint.business_growth_rows SELECT 'day', ${period}, 1, now64(3), 900, 40, 30, 20, 18, 2000, 4000, 5, 4
     FROM numbers(${DAYS})`,
  `INSERT INTO fineprint.business_usage_rows (granularity, period_start, scope, plan, feature, version, computed_at, events, users,
     feature_uses, duration_ms)
   SELECT 'day', toStartOfDay(now()) - toIntervalDay(intDiv(number, 40)), 'feature', '', concat('feature-', toString(number % 40)),
     1, now64(3), 100, 30, 90, 1000 FROM numbers(${40 * DAYS})`,
];
