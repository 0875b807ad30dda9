import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createLogger, type RunningService } from '@fineprint/observability';
import { readConfig } from '@fineprint/service-config';
import { useTestStack } from '@fineprint/stack/testing';
import { parse } from 'csv-parse/sync';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Measures } from './ai/measures.ts';
import { queryFields, SERVICE } from './config.ts';
import type { Role } from './keys/api-key.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './keys/api-keys.ts';
import { startQueryApi } from './query-api.ts';
import { type AiRow, generateRows } from './testing/ai-rows.ts';
import { metricsOf } from './testing/metrics-of.ts';
import { figuresOf, mean, percentileBounds, sumOf } from './testing/recompute.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 2, 1, 12, 30);
/** This test's own models among others' in the shared table. */
const RUN = randomUUID().slice(0, 8);
const MODEL = `query-itest-${RUN}`;
const TRACE = `query-trace-${RUN}`;
/** A table's partition of Kafka that no other test writes. */
const PARTITION = 2_000_000 + Math.floor(Math.random() * 1e6);

const v1 = generateRows({
  seed: 1,
  count: 4_000,
  model: MODEL,
  version: '1',
  fromMs: START_MS,
  toMs: START_MS + 3 * DAY_MS,
});
const v2 = generateRows({
  seed: 2,
  count: 3_000,
  model: MODEL,
  version: '2',
  fromMs: START_MS,
  toMs: START_MS + 3 * DAY_MS,
  scale: 1.4,
});
const trace = readTrace();
const all = [...v1, ...v2];
const RANGE = `from=${START_MS}&to=${START_MS + 3 * DAY_MS}`;

let client: ClickHouseClient;
let pool: Pool;
let api: RunningService & { url: string };
let key: string;
let nextOffset = 0;
let nextSnapshot = 0;
const snapshotsOf = metricsOf();

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  await insert([...all, ...trace]);
  key = await keyOf('analyst');
  api = await start();
});
afterAll(async () => {
  await api?.close();
  await pool?.end();
  await client?.close();
});

async function keyOf(role: Role): Promise<string> {
  return (await createApiKey(pool, { name: `itest-${RUN}`, role, unmasked: true })).key;
}

async function start(): Promise<RunningService & { url: string }> {
  const { env, endpoints } = useTestStack();
  const reader = endpoints.clickhouseReader;
  const settings = {
    ...env,
    CLICKHOUSE_USERNAME: reader?.username ?? endpoints.clickhouseUsername,
    CLICKHOUSE_PASSWORD: reader?.password ?? endpoints.clickhousePassword,
    PORT: '0',
    API_KEY_REFRESH_MS: '250',
  };
  const config = readConfig(queryFields, { ...settings, ANSWER_STALE_MS: '0' }, { service: SERVICE });
  const started = await startQueryApi(config, createLogger({ service: SERVICE, level: 'silent' }));
  await vi.waitFor(async () => expect((await fetch(`${started.url}/ready`)).status).toBe(200), {
    timeout: 20_000,
    interval: 50,
  });
  return started;
}

async function insert(rows: readonly AiRow[]): Promise<void> {
  const values = rows.map((row) => ({
    ...row,
    event_time: clickhouseTime(row.event_time),
    received_at: clickhouseTime(Date.now()),
    source: 'query-itest',
    _partition: PARTITION,
    _offset: nextOffset++,
    _source_offset: -1,
  }));
  await client.insert({ table: 'fineprint.ai_requests', values, format: 'JSONEachRow' });
  const snapshots = snapshotsOf(rows, nextOffset - rows.length).map((metric) => ({
    ...metric,
    window_start: clickhouseTime(metric.window_start),
    received_at: clickhouseTime(Date.now()),
    _partition: PARTITION,
    _offset: nextSnapshot++,
    _source_offset: metric.as_of_offset,
  }));
  await client.insert({ table: 'fineprint.ai_metrics', values: snapshots, format: 'JSONEachRow' });
}

const clickhouseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

function readTrace(): AiRow[] {
  const file = join(import.meta.dirname, '../../../packages/cli/testdata/azure-llm-trace-2023-conv.csv.gz');
  const rows: Record<string, string>[] = parse(gunzipSync(readFileSync(file)), { columns: true, bom: true });
  return rows.map((row) => {
    const [input, output] = [Number(row['ContextTokens']), Number(row['GeneratedTokens'])];
    return {
      event_id: randomUUID(),
      event_time: Date.parse(`${row['TIMESTAMP']?.slice(0, 23).replace(' ', 'T')}Z`),
      model_name: TRACE,
      model_version: '2023-11',
      provider: 'azure',
      variant: null,
      input_tokens: input,
      output_tokens: output,
      cached_tokens: 0,
      total_tokens: input + output,
      latency_ms: null,
      time_to_first_token_ms: null,
      success: true,
      error_type: null,
      confidence_score: null,
      cost_estimate: null,
      feedback_score: null,
    };
  });
}

const ask = (path: string, headers: Record<string, string> = {}, url = api.url) =>
  fetch(`${url}/api/v1/ai/${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } });

async function get<T>(path: string): Promise<T> {
  const response = await ask(path);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
}

async function refusal(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { code: string };
  return [response.status, body.code];
}

type Distribution = Measures['latency_ms'];

function expectDistribution(given: Distribution, sorted: readonly number[]): void {
  expect(given.count).toBe(sorted.length);
  expect(given.min).toBe(sorted[0] ?? null);
  expect(given.max).toBe(sorted.at(-1) ?? null);
  expectClose(given.mean, mean(sorted));
  for (const [name, level] of [
    ['p50', 0.5],
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const) {
    if (sorted.length === 0) {
      expect(given[name]).toBeNull();
      continue;
    }
    const { low, high } = percentileBounds(sorted, level);
    expect(given[name], name).toBeGreaterThanOrEqual(low * 0.99);
    expect(given[name], name).toBeLessThanOrEqual(high * 1.01);
  }
}

/** Sums of floats depend on their order in the last digits; metrics keep each value to a millionth or less. */
function expectClose(given: number | null, expected: number | null): void {
  if (expected === null || given === null) expect(given).toBe(expected);
  else expect(Math.abs(given - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-9 + 1e-6);
}

function expectCosts(
  given: Pick<Measures, 'cost_usd' | 'priced_requests' | 'unpriced_requests'>,
  { requests, ownCosts }: ReturnType<typeof figuresOf>,
): void {
  expect([given.priced_requests, given.unpriced_requests]).toEqual([
    ownCosts.length,
    requests - ownCosts.length,
  ]);
  expectClose(given.cost_usd, sumOf(ownCosts));
}

function expectMeasures(given: Measures, rows: readonly AiRow[], seconds: number): void {
  const expected = figuresOf(rows);
  expect(given.requests).toBe(expected.requests);
  expect(given.errors).toBe(expected.errors);
  expectClose(given.throughput_per_second, expected.requests / seconds);
  expect(given.error_rate).toBe(expected.errors / expected.requests);
  expect(Object.fromEntries(given.errors_by_type.map((e) => [e.type, e.errors]))).toEqual(
    expected.errorTypes,
  );
  expect(given.errors_of_other_types).toBe(0);
  expect(given.tokens).toEqual(expected.tokens);
  expectDistribution(given.latency_ms, expected.latencies);
  expectDistribution(given.time_to_first_token_ms, expected.firstTokens);
  expectClose(given.cost_estimate.sum, sumOf(expected.costs));
  expect(given.cost_estimate.requests_without_cost).toBe(expected.requests - expected.costs.length);
  expectCosts(given, expected);
  expectClose(given.confidence.mean, mean(expected.confidences));
  expect(given.confidence.count).toBe(expected.confidences.length);
  expectClose(given.satisfaction.mean, mean(expected.feedbacks));
}

interface Performance {
  readonly rows: readonly (Measures & { bucket: string | null; group: Record<string, string | null> })[];
  readonly next_offset: number | null;
}

describe('performance-metrics', () => {
  it('of the real trace equals what the file says', async () => {
    const { rows } = await get<Performance>(
      `performance-metrics?model=${TRACE}&from=2023-11-16&to=2023-11-17`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.tokens.input).toBe(180_695);
    expectMeasures(rows[0] as Measures, trace, 86_400);
  });

  it('by hour, version and provider equals a plain computation, figure by figure, over pages', async () => {
    const rows: Performance['rows'][number][] = [];
    for (let offset: number | null = 0; offset !== null; ) {
      const page: Performance = await get(
        `performance-metrics?model=${MODEL}&${RANGE}&granularity=hour&group_by=version,provider&limit=100&offset=${offset}`,
      );
      rows.push(...page.rows);
      offset = page.next_offset;
    }
    const groups = Map.groupBy(all, (r) =>
      JSON.stringify([
        new Date(Math.floor(r.event_time / 3_600_000) * 3_600_000).toISOString(),
        r.model_version,
        r.provider,
      ]),
    );
    expect(rows).toHaveLength(groups.size);
    for (const row of rows) {
      const group = groups.get(JSON.stringify([row.bucket, row.group['version'], row.group['provider']]));
      // The range begins and ends at half past twelve.
      const isCut = [START_MS, START_MS + 3 * DAY_MS].some(
        (at) => new Date(at - 1_800_000).toISOString() === row.bucket,
      );
      expectMeasures(row, group ?? [], isCut ? 1_800 : 3_600);
    }
  });

  it.each([
    ['version=2', (r: AiRow) => r.model_version === '2'],
    ['provider=azure', (r: AiRow) => r.provider === 'azure'],
    ['variant=b&version=1', (r: AiRow) => r.variant === 'b' && r.model_version === '1'],
  ])('filters by %s', async (filter, isChosen) => {
    const { rows } = await get<Performance>(`performance-metrics?model=${MODEL}&${RANGE}&${filter}`);
    expectMeasures(rows[0] as Measures, all.filter(isChosen), 3 * 86_400);
  });

  it('says no cost where groups are finer than the windows that costs are kept in', async () => {
    const { rows } = await get<Performance>(
      `performance-metrics?model=${MODEL}&${RANGE}&group_by=error_type`,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows)
      expect(row).toMatchObject({ cost_usd: null, priced_requests: null, unpriced_requests: null });
  });

  it('has no rows of a known model in an empty range, and 404 of an unknown one', async () => {
    expect(
      (await get<Performance>(`performance-metrics?model=${MODEL}&from=2020-01-01&to=2020-01-02`)).rows,
    ).toEqual([]);
    expect(await refusal(await ask('performance-metrics?model=nobody'))).toEqual([404, 'unknown_model']);
    const injected = encodeURIComponent("x' OR 1=1 --");
    expect(await refusal(await ask(`performance-metrics?model=${injected}`))).toEqual([404, 'unknown_model']);
  });

  it('knows an answer again until the data changes', async () => {
    const path = `performance-metrics?model=${MODEL}&${RANGE}`;
    const first = await ask(path);
    const etag = first.headers.get('etag') ?? '';
    const before = await first.text();
    expect(await (await ask(path)).text()).toBe(before);
    expect((await ask(path, { 'if-none-match': etag })).status).toBe(304);
    const head = await fetch(`${api.url}/api/v1/ai/${path}`, {
      method: 'HEAD',
      headers: { 'x-api-key': key },
    });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(before.length)]);
    const [added] = generateRows({
      seed: 9,
      count: 1,
      model: `${MODEL}-later`,
      version: '1',
      fromMs: START_MS,
      toMs: START_MS + 1_000,
    });
    await insert(added === undefined ? [] : [added]);
    const after = await ask(path, { 'if-none-match': etag });
    expect(after.status).toBe(200);
    expect(after.headers.get('etag')).not.toBe(etag);
    const broad = `performance-metrics?${RANGE}&group_by=model&limit=10000`;
    const groups = (await get<Performance>(broad)).rows.map((r) => r.group['model']);
    expect(groups).toContain(`${MODEL}-later`);
  });
});

interface Comparison {
  readonly models: readonly (Measures & { version: string; cost_usd_per_success: number | null })[];
  readonly differences: readonly {
    readonly version: string;
    readonly [metric: string]:
      | { difference: number; low: number; high: number; excludes_zero: boolean }
      | null
      | string;
  }[];
}

describe('compare-models', () => {
  it('equals differences computed plainly, with intervals around them', async () => {
    const path = `compare-models?model=${MODEL}:1&model=${MODEL}:2&${RANGE}`;
    const { models, differences } = await get<Comparison>(path);
    expectMeasures(models[0] as Measures, v1, 3 * 86_400);
    expectMeasures(models[1] as Measures, v2, 3 * 86_400);
    const [a, b] = [figuresOf(v1), figuresOf(v2)];
    const expected = {
      success_rate: a.errors / a.requests - b.errors / b.requests,
      latency_ms: (mean(b.latencies) ?? 0) - (mean(a.latencies) ?? 0),
      confidence: (mean(b.confidences) ?? 0) - (mean(a.confidences) ?? 0),
      total_tokens: b.tokens.total / b.requests - a.tokens.total / a.requests,
    };
    for (const [metric, difference] of Object.entries(expected)) {
      const found = differences[0]?.[metric];
      if (found === null || typeof found !== 'object') throw new Error(`${metric} has no difference`);
      expect(found.difference).toBeCloseTo(difference, 9);
      expect((found.low + found.high) / 2).toBeCloseTo(difference, 6);
      expect(found.low).toBeLessThan(difference);
      expect(found.excludes_zero).toBe(metric === 'latency_ms' || found.low > 0 || found.high < 0);
    }
    // Welch's interval over this many requests is the normal one to three digits.
    const variance = (xs: readonly number[]) => {
      const m = mean(xs) ?? 0;
      return xs.reduce((sum, x) => sum + (x - m) ** 2, 0) / (xs.length - 1);
    };
    const error = Math.sqrt(
      variance(a.latencies) / a.latencies.length + variance(b.latencies) / b.latencies.length,
    );
    const latency = differences[0]?.['latency_ms'] as { low: number; high: number };
    expect((latency.high - latency.low) / 2 / (1.95996 * error)).toBeCloseTo(1, 3);
  });

  it('has no difference where there is nothing to compare, and names what is unknown', async () => {
    const bare = await get<Comparison>(
      `compare-models?model=${TRACE}:2023-11&model=${MODEL}:1&from=2023-11-01&to=2026-04-01`,
    );
    expect(bare.differences[0]).toMatchObject({ latency_ms: null, confidence: null });
    // Every request of the trace has a price, of the other model not.
    const known = sumOf(figuresOf(trace).ownCosts) ?? Number.NaN;
    expectClose(bare.models[0]?.cost_usd_per_success ?? null, known / trace.length);
    expect(bare.models[1]?.cost_usd_per_success).toBeNull();
    expect(await refusal(await ask(`compare-models?model=${MODEL}:1&model=${MODEL}:9`))).toEqual([
      404,
      'unknown_model',
    ]);
    expect(
      await refusal(
        await ask(`compare-models?model=${MODEL}:1&model=${MODEL}:2&from=2020-01-01&to=2020-01-02`),
      ),
    ).toEqual([404, 'no_requests']);
  });
});

it('usage-trends: series, totals, growth and models equal a plain computation', async () => {
  const [from, to] = [START_MS + DAY_MS, START_MS + 2 * DAY_MS];
  const trends = await get<{
    series: { bucket: string; requests: number; total_tokens: number }[];
    totals: Record<string, number> & Pick<Measures, 'cost_usd' | 'priced_requests' | 'unpriced_requests'>;
    previous_totals: Record<string, number>;
    growth: Record<string, number>;
    by_model: { model: string }[];
    model_count: number;
  }>(`usage-trends?model=${MODEL}&granularity=hour&from=${from}&to=${to}`);
  const within = (a: number, b: number) => all.filter((r) => r.event_time >= a && r.event_time < b);
  const [now, then] = [within(from, to), within(START_MS, from)];
  expect(trends.series).toHaveLength(25);
  for (const { bucket, requests, total_tokens } of trends.series) {
    const at = Date.parse(bucket);
    const rows = now.filter((r) => r.event_time >= at && r.event_time < at + 3_600_000);
    expect({ requests, total_tokens }).toEqual({
      requests: rows.length,
      total_tokens: figuresOf(rows).tokens.total,
    });
  }
  expect(trends.totals).toMatchObject({ requests: now.length, total_tokens: figuresOf(now).tokens.total });
  expectClose(trends.totals['cost_estimate'] ?? null, sumOf(figuresOf(now).costs));
  expectCosts(trends.totals, figuresOf(now));
  const growth = (sumOf(figuresOf(now).ownCosts) ?? 0) / (sumOf(figuresOf(then).ownCosts) ?? 0) - 1;
  expect(trends.growth['cost_usd']).toBeCloseTo(growth, 9);
  expect(trends.previous_totals['requests']).toBe(then.length);
  expect(trends.growth['requests']).toBeCloseTo(now.length / then.length - 1, 12);
  expect([trends.model_count, trends.by_model[0]?.model]).toEqual([1, MODEL]);
});

it('models: every model once over pages, with versions, costs and when they were seen', async () => {
  type Costs = Pick<Measures, 'cost_usd' | 'priced_requests' | 'unpriced_requests'>;
  const found: (Costs & {
    model: string;
    requests: number;
    first_seen: string;
    versions: (Costs & { version: string; requests: number })[];
  })[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page: { models: typeof found; next_after: string | null } = await get(
      `models?limit=1${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    found.push(...page.models);
    after = page.next_after;
  }
  expect(new Set(found.map((m) => m.model)).size).toBe(found.length);
  const mine = found.find((m) => m.model === MODEL);
  expect(mine?.requests).toBe(all.length);
  expectCosts(mine as Costs, figuresOf(all));
  expectCosts(mine?.versions.find((v) => v.version === '2') as Costs, figuresOf(v2));
  expect(mine?.first_seen).toBe(new Date(Math.min(...all.map((r) => r.event_time))).toISOString());
  expect(new Map(mine?.versions.map((v) => [v.version, v.requests]))).toEqual(
    new Map([
      ['1', v1.length],
      ['2', v2.length],
    ]),
  );
});

describe('feedback', () => {
  const rated = `rated-${RUN}`;
  const at = START_MS + DAY_MS;
  const requests = generateRows({
    seed: 7,
    count: 6,
    model: rated,
    version: '1',
    fromMs: at,
    toMs: at + 60_000,
  }).map((row, i) => ({ ...row, feedback_score: i === 0 ? -1 : null }));
  let nextFeedback = 0;

  interface Given {
    readonly request: number | 'unknown';
    readonly score: number | null;
    readonly user?: string;
    readonly atMs?: number;
  }
  async function rate(given: readonly Given[]): Promise<void> {
    const values = given.map(({ request, score, user, atMs = at }) => ({
      event_id: randomUUID(),
      event_time: clickhouseTime(atMs),
      received_at: clickhouseTime(Date.now()),
      request_id: request === 'unknown' ? randomUUID() : requests[request]?.event_id,
      score,
      eval_scores: { faithfulness: 0.5 },
      user_id: user ?? null,
      source: 'query-itest',
      _partition: PARTITION,
      _offset: nextFeedback++,
      _source_offset: -1,
    }));
    await client.insert({ table: 'fineprint.ai_feedback', values, format: 'JSONEachRow' });
  }

  /** The same from windows, from requests, beside another version, and from the view. */
  async function expectSatisfaction(count: number, mean: number | null): Promise<void> {
    const range = `from=${at}&to=${at + 120_000}`;
    const expected = { count, mean: mean === null ? null : expect.closeTo(mean, 12) };
    for (const by of ['', '&group_by=region']) {
      const { rows } = await get<Performance>(`performance-metrics?model=${rated}&${range}${by}`);
      expect(rows.map((r) => r.satisfaction)).toEqual([expected]);
    }
    const compared = await get<Comparison>(
      `compare-models?model=${rated}:1&model=${MODEL}:1&from=${START_MS}&to=${START_MS + 2 * DAY_MS}`,
    );
    expect(compared.models[0]?.satisfaction).toEqual(expected);
    const view = await client.query({
      query: `SELECT sum(ratings) AS count, sum(satisfaction * ratings) / sum(ratings) AS mean
        FROM fineprint.ai_requests_rated WHERE model_name = {rated:String}`,
      query_params: { rated },
      format: 'JSONEachRow',
    });
    expect(await view.json()).toEqual([expected]);
  }

  it('counts with its request, once it is there: before, after, changed, by several, of nobody', async () => {
    await rate([
      { request: 1, score: 1, user: 'early' }, // its request comes later
      { request: 'unknown', score: -1, user: 'lost' },
    ]);
    const empty = await get<Performance>(`performance-metrics?model=${MODEL}&${RANGE}`);
    expect(empty.rows[0]?.satisfaction.count).toBe(figuresOf(all).feedbacks.length);
    await insert(requests);
    await expectSatisfaction(2, (-1 + 1) / 2); // one came with its request
    await rate([{ request: 0, score: 0.5, user: 'u' }]);
    await expectSatisfaction(3, (-1 + 1 + 0.5) / 3);
    await rate([
      { request: 0, score: 1, user: 'u', atMs: at + 2 }, // changed
      { request: 0, score: -1, user: 'u', atMs: at + 1 }, // older, arrived later
      { request: 0, score: null, user: 'u', atMs: at + 3 }, // an evaluation is no rating
      { request: 2, score: 0, user: 'u' },
      { request: 2, score: 1, user: 'v' },
      { request: 3, score: 1 }, // by nobody known, so each is one
      { request: 3, score: 0 },
    ]);
    await expectSatisfaction(7, (-1 + 1 + 1 + 0 + 1 + 1 + 0) / 7);
  });
});

describe('real-time', () => {
  const live = `live-${RUN}`;
  const fresh = (seed: number, agoMs: number, count = 20) => {
    const now = Date.now();
    return generateRows({
      seed,
      count,
      model: live,
      version: '1',
      fromMs: now - agoMs,
      toMs: now - agoMs + 1_000,
    });
  };

  it('is unknown before its first request, then counts its windows', async () => {
    expect(await refusal(await ask(`real-time/${live}/1`))).toEqual([404, 'unknown_model']);
    const [recent, older] = [fresh(3, 20_000), fresh(4, 200_000, 30)];
    await insert([...recent, ...older, ...fresh(5, 2_000_000)]);
    const { windows } = await get<{ windows: (Measures & { minutes: number })[] }>(`real-time/${live}/1`);
    expect(windows.map((w) => [w.minutes, w.requests])).toEqual([
      [1, 20],
      [5, 50],
      [15, 50],
    ]);
    expectMeasures(windows[0] as Measures, recent, 60);
    expectMeasures(windows[2] as Measures, [...recent, ...older], 900);
  });

  it('streams a new request within two seconds, goes on by itself, and ends in order', async () => {
    const own = await start();
    const response = await ask(`real-time/${live}/1`, { accept: 'text/event-stream' }, own.url);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = readEvents(response);
    const requestsOf = async () => {
      const { value } = await events.next();
      return value?.event === 'metrics' ? ((value.data['windows'] as Measures[])[2]?.requests ?? -1) : -1;
    };
    const before = await requestsOf();
    for (let round = 0; round < 3; round++) {
      await insert(fresh(10 + round, 1_000, 1));
      const insertedAtMs = Date.now();
      while ((await requestsOf()) < before + round + 1) expect(Date.now() - insertedAtMs).toBeLessThan(2_000);
      expect(Date.now() - insertedAtMs).toBeLessThan(2_000);
    }
    await own.close();
    const last: string[] = [];
    for await (const { event, data } of events) last.push(event === 'problem' ? String(data['code']) : event);
    expect(last.at(-1)).toBe('shutting_down');
  });

  it('ends the stream of a key that is revoked', async () => {
    const { id, key: doomed } = await createApiKey(pool, { name: `doomed-${RUN}`, role: 'operator' });
    const response = await ask(`real-time/${live}/1`, {
      accept: 'text/event-stream',
      authorization: `Bearer ${doomed}`,
    });
    await revokeApiKey(pool, id);
    const seen: string[] = [];
    for await (const { event, data } of readEvents(response))
      seen.push(event === 'problem' ? String(data['code']) : event);
    expect(seen.at(-1)).toBe('invalid_credentials');
    // The first reading, nine more, and why it ends.
    expect(seen.length).toBeLessThan(13);
  });
});

interface ServerEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const found = /^event: (\w+)\ndata: (.*)$/.exec(text.slice(0, end));
      text = text.slice(end + 2);
      if (found !== null) yield { event: found[1] ?? '', data: JSON.parse(found[2] ?? '') };
    }
  }
}

describe('API keys', () => {
  it('read as their role allows, at once, until they are revoked; only hashes are kept', async () => {
    const operator = await keyOf('operator');
    const as = (k: string) => ask('usage-trends', { authorization: `Bearer ${k}` });
    expect(await refusal(await as(operator))).toEqual([403, 'forbidden']);
    const { id, key: admin } = await createApiKey(pool, { name: `admin-${RUN}`, role: 'admin' });
    expect((await as(admin)).status).toBe(200);
    expect(await revokeApiKey(pool, id)).toBe(true);
    await sleep(1_000);
    expect(await refusal(await as(admin))).toEqual([401, 'invalid_credentials']);
    expect(JSON.stringify(await listApiKeys(pool))).not.toContain(admin);
  });

  it('lie in Postgres as hashes', async () => {
    const { rows } = await pool.query(
      'SELECT count(*)::int AS n FROM fineprint.api_keys WHERE octet_length(key_hash) <> 32',
    );
    expect(rows).toEqual([{ n: 0 }]);
  });
});

it('answers the same from three instances, and after a restart', async () => {
  const path = `performance-metrics?model=${MODEL}&${RANGE}&granularity=day&group_by=version`;
  const before = await (await ask(path)).text();
  const others = [await start(), await start()];
  for (const other of others) {
    expect(await (await ask(path, {}, other.url)).text()).toBe(before);
    await other.close();
  }
  await api.close();
  api = await start();
  expect(await (await ask(path)).text()).toBe(before);
});
