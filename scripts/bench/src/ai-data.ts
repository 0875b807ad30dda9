import type { ClickHouseClient } from '@clickhouse/client';
import { SEGMENT_OFFSETS } from '@fineprint/ai-metrics';

/** What the generated requests name. */
export const MODELS = ['analysis', 'summary', 'risk', 'clauses', 'chat', 'embed', 'translate', 'moderate'];
export const VERSIONS = ['1.0.0', '1.1.0', '2.0.0'];
export const DAYS = 30;

/** One insert, one part, as the loader does it. */
const ONE_BLOCK = {
  max_insert_block_size: '100000000',
  min_insert_block_size_rows: '100000000',
  min_insert_block_size_bytes: '100000000000',
  max_partitions_per_insert_block: '1',
} as const;
const PARTITIONS = 6;

/** Requests of 8 models × 3 versions over the last 30 days, the first models asked the most, made by ClickHouse itself. */
const requestsSql = (count: number) => `
  INSERT INTO fineprint.ai_requests (event_id, event_time, received_at, model_name, model_version, provider, operation, user_id,
    input_tokens, output_tokens, cached_tokens, total_tokens, latency_ms, time_to_first_token_ms, success, error_type,
    confidence_score, cost_estimate, region, experiment_id, variant, feedback_score, source, _partition, _offset, _source_offset)
  SELECT generateUUIDv4(),
    fromUnixTimestamp64Milli(toInt64(toUnixTimestamp64Milli(now64(3)) - ${DAYS * 86_400_000}. * (rand(1) / 4294967296.)), 'UTC'),
    now64(3), ${textList(MODELS)}[model + 1], ${textList(VERSIONS)}[rand(2) % ${VERSIONS.length} + 1],
    ['azure', 'anthropic', 'openai'][model % 3 + 1], 'chat', concat('user-', toString(rand(3) % 10000)),
    rand(4) % 4000 AS input, rand(5) % 1500 AS output, intDiv(input, 3), input + output,
    if(rand(6) % 20 = 0, NULL, 200 * exp(2.5 * rand(7) / 4294967296. * rand(8) / 4294967296.) + rand(9) % 1000 / 7.) AS latency,
    latency / 4, rand(10) % 14 != 0 AS ok, if(ok, NULL, ['timeout', 'rate_limit', 'server_error'][rand(11) % 3 + 1]),
    if(rand(12) % 10 = 0, NULL, rand(12) / 4294967296.), if(rand(13) % 10 = 0, NULL, (input * 3 + output * 15) / 1e6), 'eu',
    if(model = 0, 'exp-1', NULL), if(model = 0, ['a', 'b'][rand(14) % 2 + 1], NULL),
    if(rand(15) % 10 = 0, (rand(16) % 3) - 1, NULL), 'bench',
    number % ${PARTITIONS}, intDiv(number, ${PARTITIONS}), intDiv(number, ${PARTITIONS})
  FROM (
    SELECT number, toUInt8(floor(${MODELS.length} * pow(rand(20) / 4294967296., 2))) AS model FROM numbers(${count})
  )`;

/** The metrics of all requests in the table, as ai-aggregator would have written them: the last snapshot of each window. */
function metricsSql(): string {
  const bins = (column: string) =>
    `sumMapIf([toInt32(2000 + ceil(log(ifNull(${column}, 1)) / log(1.02)))], [toInt64(1)], ${column} IS NOT NULL)`;
  const sketch = (name: string, column: string) => [
    [`${name}_count`, `count(${column})`],
    [`${name}_sum`, `ifNull(sum(${column}), 0)`],
    [`${name}_min`, `min(${column})`],
    [`${name}_max`, `max(${column})`],
    [`${name}_bins`, `${bins(column)}.1`],
    [`${name}_bin_counts`, `${bins(column)}.2`],
  ];
  const errors = `groupArrayIf(ifNull(error_type, 'unknown'), NOT success)`;
  const columns: Readonly<Record<string, string>> = {
    window_start: 'w',
    received_at: 'now64(3)',
    model_name: 'model_name',
    model_version: 'model_version',
    provider: 'p',
    experiment_id: 'x',
    variant: 'v',
    segment: 's',
    as_of_offset: 'max(_offset)',
    as_of_source_offset: 'max(_source_offset)',
    requests: 'count()',
    successes: 'countIf(success)',
    errors: `mapFromArrays(arrayDistinct(${errors}), arrayMap(e -> toInt64(countEqual(${errors}, e)), arrayDistinct(${errors})))`,
    cached_tokens: 'sum(cached_tokens)',
    total_tokens: 'sum(total_tokens)',
    cost_estimate_usd: 'ifNull(sum(cost_estimate), 0)',
    estimated_requests: 'count(cost_estimate)',
    cost_nano_usd: '0',
    priced_requests: '0',
    unpriced_requests: 'count()',
    feedback_count: 'count(feedback_score)',
    feedback_sum: 'ifNull(sum(feedback_score), 0)',
    invalid_values: '0',
    ...Object.fromEntries([
      ...sketch('latency_ms', 'latency_ms'),
      ...sketch('ttft_ms', 'time_to_first_token_ms'),
      ...sketch('confidence', 'confidence_score'),
      ...sketch('input_tokens', 'input_tokens'),
      ...sketch('output_tokens', 'output_tokens'),
    ]),
    _partition: '_partition',
    _offset: 'row_number() OVER (PARTITION BY _partition ORDER BY w) - 1',
    _source_offset: 'max(_offset)',
  };
  return `INSERT INTO fineprint.ai_metrics (${Object.keys(columns).join(', ')})
    SELECT ${Object.values(columns).join(', ')} FROM (
      SELECT *, toStartOfMinute(event_time) AS w, coalesce(provider, '') AS p, coalesce(experiment_id, '') AS x,
        coalesce(variant, '') AS v, intDiv(_offset, ${SEGMENT_OFFSETS}) * ${SEGMENT_OFFSETS} AS s
      FROM fineprint.ai_requests
    ) GROUP BY w, model_name, model_version, p, x, v, s, _partition`;
}

const textList = (texts: readonly string[]) => `[${texts.map((t) => `'${t}'`).join(', ')}]`;

/** Fills both tables of an empty database. Returns how many requests there are. */
export async function fillAiTables(clickhouse: ClickHouseClient, count: number): Promise<number> {
  const result = await clickhouse.query({
    query: 'SELECT count() AS n FROM fineprint.ai_requests',
    format: 'JSONEachRow',
  });
  const [found] = await result.json<{ n: number }>();
  const rows = Number(found?.n ?? 0);
  if (rows > 0) return rows;
  await clickhouse.command({ query: requestsSql(count), clickhouse_settings: ONE_BLOCK });
  await clickhouse.command({ query: metricsSql(), clickhouse_settings: ONE_BLOCK });
  return count;
}
