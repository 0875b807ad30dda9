import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordEncoder,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleAiRequest } from '@fineprint/stream-testing';
import { type RecordOf, topics } from '@fineprint/topology';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { seeded } from './random.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const RAW = 'ai.requests.raw';
type AiRequest = RecordOf<typeof RAW>;

const RUN = randomUUID().slice(0, 8);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const TRACE = path.join(import.meta.dirname, '../../packages/cli/testdata/azure-llm-trace-2023-conv.csv.gz');
/** The trace is sent this often, as different models, in as many waves. */
const WAVES = 12;
const AGGREGATORS = 3;

/** As the README gives it. */
const QUANTILE = `WITH
  (bins, counts, q) -> bins[arrayFirstIndex(c -> c > floor(q * (arraySum(counts) - 1)), arrayCumSum(counts))] AS bin_at,
  bin -> sign(bin) * 2 * pow(1.02, abs(bin) - 2000) / 2.02 AS value_of`;

let services: ServiceProcess[] = [];
let aggregators: ServiceProcess[] = [];
let clickhouse: ClickHouseClient;
let writer: RecordWriter;
let encoder: RecordEncoder;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  const kafka = await prepareStack(RUN);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await insertPrices(endpoints.databaseUrl);
  clickhouse = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  writer = await kafka.writer();
  encoder = await createRecordEncoder(connectRegistry(endpoints.schemaRegistryUrl), [RAW]);
  const settings = { ...env, PII_PSEUDONYM_KEY: randomUUID(), LOG_LEVEL: 'info' };
  const first = await startService('ai-aggregator', settings);
  await first.ready(); // it registers the schemas; two that do so at once would contradict each other
  const others = Array.from({ length: AGGREGATORS - 1 }, () => startService('ai-aggregator', settings));
  aggregators = [first, ...(await Promise.all(others))];
  services = [
    ...aggregators,
    await startService('pii-scrubber', settings),
    await startService('warehouse-loader', settings),
  ];
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await writer?.close();
  await clickhouse?.close();
});

/** Dollars a million tokens; in the middle of the trace the price of output changes. Version 2 has a price of its own. */
const CHANGE_MS = Date.parse('2023-11-16T18:45:00Z');

async function insertPrices(databaseUrl: string): Promise<void> {
  const postgres = new Client({ connectionString: databaseUrl });
  await postgres.connect();
  await postgres.query(
    `INSERT INTO fineprint.ai_prices
       (provider, model, service_tier, input_per_million, cached_input_per_million, output_per_million, effective_from, effective_to)
     VALUES ('azure', $1, 'standard', 3, 0.3, 15, '2023-01-01', '2023-11-16 18:45Z'),
            ('azure', $1, 'standard', 3, 0.3, 7.5, '2023-11-16 18:45Z', NULL),
            ('azure', $1 || '-2', 'standard', 0.125, NULL, 1.7, '2023-01-01', NULL)`,
    [`azure-${RUN}`],
  );
  await postgres.end();
}

/** In billionths, by whole numbers: the prices above times thousand. */
function costOf(r: AiRequest): number | null {
  if (r.service_tier !== null) return null;
  const [input, cached, output] =
    r.model_version === '2' ? [125, 125, 1_700] : [3_000, 300, r.event_time < CHANGE_MS ? 15_000 : 7_500];
  return (r.input_tokens - r.cached_tokens) * input + r.cached_tokens * cached + r.output_tokens * output;
}

/** The trace's requests; what it does not tell (latency, errors, cost) is made from what it does, once per wave. */
function requestsOf(wave: number, random: () => number): AiRequest[] {
  const sometimes = <T>(chance: number, value: T): T | null => (random() < chance ? value : null);
  const [, ...lines] = gunzipSync(readFileSync(TRACE)).toString().trim().split('\n');
  return lines.map((line) => {
    const [time = '', context, generated] = line.split(',');
    const [input, output] = [Number(context), Number(generated)];
    const success = random() > 0.1;
    return sampleAiRequest({
      event_id: randomUUID(),
      event_time: Date.parse(`${time.trim().replace(' ', 'T').slice(0, 23)}Z`),
      model_name: `azure-${RUN}`,
      model_version: String(wave % 3),
      provider: 'azure',
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      cached_tokens: Math.floor(input * random() * 0.9),
      service_tier: sometimes(0.1, 'a-tier-without-price'),
      latency_ms: sometimes(0.95, Math.round(1e3 * (150 + output * (20 + 15 * random()))) / 1e3),
      time_to_first_token_ms: 40 + input / 8,
      success,
      error_type: success ? null : random() < 0.5 ? 'timeout' : null,
      confidence_score: sometimes(0.7, Math.round(100 * random()) / 100),
      cost_estimate: sometimes(0.7, (3 * input + 15 * output) / 1e6),
      feedback_score: random() < 0.8 ? null : random() < 0.7 ? 1 : -1,
      variant: wave % 2 === 0 ? 'a' : null,
      experiment_id: wave % 2 === 0 ? 'e' : null,
    });
  });
}

/** In any order, a fifth of them twice, over all partitions. */
async function publish(requests: readonly AiRequest[], random: () => number): Promise<void> {
  const sent = [...requests, ...requests.filter(() => random() < 0.2)];
  const shuffled = sent.map((r) => ({ r, at: random() })).sort((a, b) => a.at - b.at);
  await writer.write(
    shuffled.map(({ r }) => ({
      topic: RAW,
      partition: Math.floor(random() * topics[RAW].partitions),
      key: Buffer.from(r.event_id),
      value: encoder.encode(RAW, r),
    })),
  );
}

async function query<T>(sql: string): Promise<T[]> {
  const result = await clickhouse.query({ query: sql, format: 'JSONEachRow' });
  return result.json<T>();
}

interface Row {
  readonly at: number;
  readonly model_version: string;
  readonly variant: string;
  readonly [column: string]: unknown;
}

const readView = (view: string) =>
  query<Row>(`${QUANTILE}
    SELECT toUnixTimestamp64Milli(window_start) AS at, model_version, variant, requests, successes, errors, input_tokens,
      output_tokens, total_tokens, cost_estimate_usd, estimated_requests,
      cost_usd, cost_nano_usd, priced_requests, unpriced_requests, confidence_count, confidence_sum, feedback_count,
      feedback_sum, latency_ms_count, latency_ms_sum, latency_ms_min, latency_ms_max, ttft_ms_count, invalid_values,
      arrayMap(q -> value_of(bin_at(latency_ms_bins, latency_ms_bin_counts, q)), [0.5, 0.9, 0.95, 0.99]) AS latency,
      arrayMap(q -> value_of(bin_at(output_tokens_bins, output_tokens_bin_counts, q)), [0.5, 0.9, 0.95, 0.99]) AS output
    FROM fineprint.${view} WHERE model_name = 'azure-${RUN}' ORDER BY at, model_version, variant`);

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
const known = (numbers: readonly (number | null)[]) => numbers.filter((n) => n !== null);
function exactQuantiles(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.5, 0.9, 0.95, 0.99].map((q) => sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN);
}

/** The same from the requests themselves, by plain sums. */
function recompute(requests: readonly AiRequest[], windowMs: number): Row[] {
  const groups = Map.groupBy(requests, (r) =>
    JSON.stringify([Math.floor(r.event_time / windowMs) * windowMs, r.model_version, r.variant ?? '']),
  );
  const rows = [...groups].map(([key, group]): Row => {
    const [at, model_version, variant] = JSON.parse(key) as [number, string, string];
    const failed = group.filter((r) => !r.success).map((r) => r.error_type ?? 'unknown');
    const latency = known(group.map((r) => r.latency_ms));
    const confidence = known(group.map((r) => r.confidence_score));
    const costs = known(group.map((r) => r.cost_estimate));
    const ours = known(group.map(costOf));
    const feedback = known(group.map((r) => r.feedback_score));
    return {
      at,
      model_version,
      variant,
      requests: group.length,
      successes: group.length - failed.length,
      errors: Object.fromEntries(
        [...Map.groupBy(failed, (e) => e)].map(([e, all]) => [e, all.length] as const).sort(),
      ),
      input_tokens: sum(group.map((r) => r.input_tokens)),
      output_tokens: sum(group.map((r) => r.output_tokens)),
      total_tokens: sum(group.map((r) => r.total_tokens)),
      cost_estimate_usd: near(sum(costs)),
      estimated_requests: costs.length,
      cost_usd: ours.length === 0 ? null : near(sum(ours) / 1e9),
      cost_nano_usd: ours.length === 0 ? null : sum(ours),
      priced_requests: ours.length,
      unpriced_requests: group.length - ours.length,
      confidence_count: confidence.length,
      confidence_sum: near(sum(confidence)),
      feedback_count: feedback.length,
      feedback_sum: sum(feedback),
      latency_ms_count: latency.length,
      latency_ms_sum: near(sum(latency)),
      latency_ms_min: Math.min(...latency),
      latency_ms_max: Math.max(...latency),
      ttft_ms_count: group.length,
      invalid_values: 0,
      latency: exactQuantiles(latency).map((v) => near(v, 0.01 * v)),
      output: exactQuantiles(group.map((r) => r.output_tokens)).map((v) => near(v, 0.01 * v)),
    };
  });
  const order = (r: Row) => `${String(r.at).padStart(16, '0')}/${r.model_version}/${r.variant}`;
  return rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Floating-point sums differ in their last digits by the order of adding; quantiles by the sketch's bound. */
const near = (value: number, tolerance = 1e-9 * Math.max(1, Math.abs(value))) =>
  expect.toSatisfy((n: number) => Math.abs(n - value) <= tolerance, `${value} ± ${tolerance}`);

async function countedBecomes(count: number): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const [row] = await query<{ n: number }>(
      `SELECT sum(requests) AS n FROM fineprint.ai_metrics_day WHERE model_name = 'azure-${RUN}'`,
    );
    if (Number(row?.n ?? 0) >= count || Date.now() > deadlineMs) return;
    await sleep(250);
  }
}

it(`metrics equal a plain recomputation, while aggregators are killed (seed ${SEED})`, async () => {
  const random = seeded(SEED);
  const sent: AiRequest[] = [];
  for (let wave = 0; wave < WAVES; wave++) {
    const requests = requestsOf(wave, random);
    await publish(requests, random);
    sent.push(...requests);
    await sleep(300 + random() * 700);
    if (wave % 3 === 1) await aggregators[Math.floor(random() * AGGREGATORS)]?.killAndRestart();
  }
  await Promise.all(services.map((s) => s.ready()));
  await countedBecomes(sent.length);
  await sleep(2_000); // what is counted twice would come late

  expect(await readView('ai_metrics_minute')).toEqual(recompute(sent, 60_000));
  const positions = () =>
    query(
      `SELECT _partition, max(_offset) AS offset FROM fineprint.ai_metrics GROUP BY _partition ORDER BY 1`,
    );
  const before = await positions();
  await clickhouse.command({ query: 'OPTIMIZE TABLE fineprint.ai_metrics FINAL' }); // older snapshots leave the disk
  expect(await positions()).toEqual(before);
  expect(await readView('ai_metrics_minute')).toEqual(recompute(sent, 60_000));
  expect(await readView('ai_metrics_hour')).toEqual(recompute(sent, 3_600_000));
  expect(await readView('ai_metrics_day')).toEqual(recompute(sent, 86_400_000));
  const whole = await query<{ p95: number }>(`${QUANTILE}
    SELECT value_of(bin_at(m.1, m.2, 0.95)) AS p95
    FROM (SELECT sumMap(latency_ms_bins, latency_ms_bin_counts) AS m FROM fineprint.ai_metrics_minute
      WHERE model_name = 'azure-${RUN}')`);
  const [, , p95 = Number.NaN] = exactQuantiles(known(sent.map((r) => r.latency_ms)));
  expect(whole).toEqual([{ p95: near(p95, 0.01 * p95) }]);
});
