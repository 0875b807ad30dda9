import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createLogger, type RunningService } from '@fineprint/observability';
import { readConfig } from '@fineprint/service-config';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { queryFields, SERVICE } from '../config.ts';
import type { Role } from '../keys/api-key.ts';
import { createApiKey } from '../keys/api-keys.ts';
import { startQueryApi } from '../query-api.ts';
import { randomHappenings } from '../testing/random-happenings.ts';
import { type Happening, recount } from '../testing/recount-experiment.ts';
import type { Experiment, ExperimentResults } from './answers.ts';

/** What scipy and statsmodels say (packages/experiments/reference). */
const reference = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../packages/experiments/reference/reference.json'),
    'utf8',
  ),
) as {
  twoProportions: {
    control: Rate;
    treatment: Rate;
    alpha: number;
    pValue: number;
    low: number;
    high: number;
  }[];
  bayesianProportions: { control: Rate; treatment: Rate; chance: number; lossOfTreatment: number }[];
  twoMeans: { control: Mean; treatment: Mean; alpha: number; pValue: number; low: number; high: number }[];
  bayesianMeans: { control: Mean; treatment: Mean; chance: number; loss: number }[];
  sampleRatios: { weights: number[]; exposed: number[]; statistic: number; pValue: number }[];
};
type Rate = { n: number; conversions: number };
type Mean = { n: number; mean: number; variance: number };

const RUN = randomUUID().slice(0, 8);
const PARTITION = 3_000_000 + Math.floor(Math.random() * 1e6);
let client: ClickHouseClient;
let pool: Pool;
let api: RunningService & { url: string };
let key: string;
let nextOffset = 0;

beforeAll(async () => {
  const { env, endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  key = await keyOf('analyst');
  const reader = endpoints.clickhouseReader;
  const settings = {
    ...env,
    CLICKHOUSE_USERNAME: reader?.username ?? username,
    CLICKHOUSE_PASSWORD: reader?.password ?? password,
    PORT: '0',
    API_KEY_REFRESH_MS: '250',
  };
  const config = readConfig(queryFields, { ...settings, ANSWER_STALE_MS: '0' }, { service: SERVICE });
  api = await startQueryApi(config, createLogger({ service: SERVICE, level: 'silent' }));
  await vi.waitFor(async () => expect((await fetch(`${api.url}/ready`)).status).toBe(200), {
    timeout: 20_000,
    interval: 50,
  });
});
afterAll(async () => {
  await api?.close();
  await pool?.end();
  await client?.close();
});

const keyOf = async (role: Role) =>
  (await createApiKey(pool, { name: `exp-itest-${RUN}`, role, unmasked: true })).key;

const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/api/v1/ai/experiments${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function answer<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await ask(method, path, body);
  expect(response.status, await response.clone().text()).toBeLessThan(300);
  return (await response.json()) as T;
}
const resultsOf = (id: string) => answer<ExperimentResults>('GET', `/${id}/results`);

const AB = [
  { name: 'control', weight: 1 },
  { name: 'b', weight: 1 },
];

/** Makes and starts one; answers its id, and when it started. */
async function begin(name: string, over: object): Promise<{ id: string; startMs: number }> {
  const id = `${name}-${RUN}`;
  await answer('POST', '', { id, unit: 'user', variants: AB, minimumSamplePerVariant: 2, ...over });
  const started = await answer<Experiment>('POST', `/${id}/start`);
  return { id, startMs: Date.parse(started.started_at ?? '') };
}

const clickhouseTime = (ms: number): string => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');

/** Inserts what happened, into the table where the loader puts it. */
async function insert(happenings: readonly Happening[]): Promise<void> {
  const rows = happenings.map(({ table, at, ...fields }) => ({
    table,
    row: {
      event_id: randomUUID(),
      received_at: clickhouseTime(Date.now()),
      event_time: clickhouseTime(at),
      source: 'experiments-itest',
      _partition: PARTITION,
      _offset: nextOffset++,
      _source_offset: -1,
      ...fields,
    },
  }));
  for (const table of ['ai_requests', 'product_events'] as const) {
    const values = rows.filter((r) => r.table === table).map((r) => r.row);
    if (values.length > 0)
      await client.insert({ table: `fineprint.${table}`, values, format: 'JSONEachRow' });
  }
}

/** Who each anonymous id turned out to be. */
const link = (owners: ReadonlyMap<string, string>, at: number) =>
  client.insert({
    table: 'fineprint.identity_links',
    values: [...owners].map(([anonymous_id, user_id]) => ({
      anonymous_id,
      user_id,
      identified_at: clickhouseTime(at),
      revision: 1,
      updated_at: clickhouseTime(at),
      received_at: clickhouseTime(at),
      _partition: PARTITION,
      _offset: nextOffset++,
    })),
    format: 'JSONEachRow',
  });

const exposure = (id: string, user: string, variant: string, at: number): Happening => ({
  table: 'product_events',
  at,
  kind: 'track',
  event_name: 'Experiment Exposure',
  user_id: user,
  properties: JSON.stringify({ experiment_id: id, variant }),
});
const track = (user: string, name: string, at: number): Happening => ({
  table: 'product_events',
  at,
  kind: 'track',
  event_name: name,
  user_id: user,
});

/** n values with exactly this mean and sample variance, up to rounding. */
function sample({ n, mean, variance }: Mean): number[] {
  const pairs = Math.floor(n / 2);
  const deviation = Math.sqrt((variance * (n - 1)) / (2 * pairs));
  const values = Array.from({ length: 2 * pairs }, (_, i) => mean + (i % 2 === 0 ? deviation : -deviation));
  return n % 2 === 0 ? values : [...values, mean];
}

function expectClose(actual: number | null | undefined, expected: number, relative = 1e-6): void {
  expect(Math.abs((actual ?? Number.NaN) - expected), `${actual}, expected ${expected}`).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-12),
  );
}
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the reference has no such case');
  return value;
}

describe('equal to scipy and statsmodels', () => {
  it('conversions after exposures: z-test, interval, chance to beat control, loss', async () => {
    const isCase = (c: { control: Rate; treatment: Rate }) =>
      c.control.n === 1_000 && c.control.conversions === 100 && c.treatment.conversions === 130;
    const z = found(reference.twoProportions.find((c) => isCase(c) && c.alpha === 0.05));
    const bayes = found(reference.bayesianProportions.find(isCase));
    const { id, startMs } = await begin('rates', {
      metrics: [{ name: 'signup', kind: 'conversion', source: 'event:Signed Up', direction: 'increase' }],
    });
    const happened = [z.control, z.treatment].flatMap(({ n, conversions }, v) =>
      Array.from({ length: n }, (_, i) => {
        const user = `${id}-${v}-${i}`;
        const seenAt = startMs + 1_000 + i;
        return [
          exposure(id, user, v === 0 ? 'control' : 'b', seenAt),
          // Converts, some twice; the others only did before, or did something else.
          ...(i < conversions
            ? [track(user, 'Signed Up', seenAt + 5)]
            : [track(user, 'Signed up', seenAt + 5)]),
          ...(i % 3 === 0 ? [track(user, 'Signed Up', i < conversions ? seenAt : seenAt - 1)] : []),
        ];
      }).flat(),
    );
    await insert(happened);
    const results = await resultsOf(id);
    expect(results.variants.map((v) => v.units)).toEqual([1_000, 1_000]);
    expect(results.sample_ratio).toMatchObject({ verdict: 'as_planned', p_value: 1 });
    expect(results.metrics[0]?.values.map((v) => v.conversions)).toEqual([100, 130]);
    const [treatment] = results.treatments;
    const compared = treatment?.comparisons[0];
    expectClose(compared?.p_value, z.pValue);
    expectClose(compared?.difference?.low, z.low);
    expectClose(compared?.difference?.high, z.high);
    expectClose(compared?.chance_to_beat_control, bayes.chance);
    expectClose(compared?.expected_loss, bayes.lossOfTreatment);
    expect([treatment?.conclusion, compared?.verdict]).toEqual(['better', 'better']);
    // To tell 11 % from 10 %, at 5 % and with a power of 80 %: what every table of sample sizes has.
    expect(compared?.required_control_units).toBe(14_751);
  });

  it.each(['request', 'user', 'session'] as const)('means over %ss: Welch', async (unit) => {
    const isCase = (c: { control: Mean; treatment: Mean }) => c.control.mean === 812.4;
    const welch = found(reference.twoMeans.find((c) => isCase(c) && c.alpha === 0.05));
    const bayes = found(reference.bayesianMeans.find(isCase));
    const { id, startMs } = await begin(`latency-${unit}`, {
      unit,
      metrics: [{ name: 'latency', kind: 'mean', source: 'ai.latency_ms', direction: 'decrease' }],
    });
    const happened = [welch.control, welch.treatment].flatMap((figures, v) =>
      sample(figures).flatMap((value, i) => {
        const request = (latency_ms: number | null, at: number): Happening => ({
          table: 'ai_requests',
          at,
          model_name: id,
          model_version: '1',
          user_id: unit === 'user' ? `${id}-${v}-${i}` : null,
          session_id: `${id}-${v}-${i}`,
          latency_ms,
          success: true,
          experiment_id: id,
          variant: v === 0 ? 'control' : 'b',
        });
        const at = startMs + i;
        // Many requests of one user are one observation, their average; one without a latency is none.
        return unit === 'request'
          ? [request(value, at)]
          : [request(value - 10, at), request(value + 10, at + 1), request(null, at + 2)];
      }),
    );
    await insert(happened);
    const { metrics, treatments } = await resultsOf(id);
    expect(metrics[0]?.values.map((v) => v.n)).toEqual([welch.control.n, welch.treatment.n]);
    const compared = treatments[0]?.comparisons[0];
    expectClose(compared?.p_value, welch.pValue);
    expectClose(compared?.difference?.low, welch.low);
    expectClose(compared?.difference?.high, welch.high);
    // Less is better: the reference's chance is that of a higher mean.
    expectClose(compared?.chance_to_beat_control, 1 - bayes.chance);
  });

  it('the split: chi-square, and nothing is concluded where it is broken', async () => {
    const ratio = found(reference.sampleRatios.find((c) => c.weights.join() === '10,20,70'));
    const names = ['control', 'b', 'c'];
    const { id, startMs } = await begin('split', {
      unit: 'request',
      variants: names.map((name, i) => ({ name, weight: ratio.weights[i] })),
      metrics: [{ name: 'ok', kind: 'conversion', source: 'ai.success', direction: 'increase' }],
    });
    await insert(
      ratio.exposed.flatMap((n, v) =>
        Array.from({ length: n }, (_, i) => ({
          table: 'ai_requests' as const,
          at: startMs + i,
          model_name: id,
          model_version: '1',
          success: i % 10 > v,
          experiment_id: id,
          variant: names[v] ?? null,
        })),
      ),
    );
    const results = await resultsOf(id);
    expect(results.variants.map((v) => v.units)).toEqual(ratio.exposed);
    expect(results.sample_ratio.verdict).toBe('mismatch');
    expectClose(results.sample_ratio.statistic, ratio.statistic);
    expectClose(results.sample_ratio.p_value, ratio.pValue);
    expect(results.treatments.map((t) => t.conclusion)).toEqual([
      'sample_ratio_mismatch',
      'sample_ratio_mismatch',
    ]);
  });
});

describe('equal to a plain recount of random happenings', () => {
  const METRICS = [
    ['any-ok', 'conversion', 'ai.success'],
    ['ok-share', 'mean', 'ai.success'],
    ['latency', 'mean', 'ai.latency_ms'],
    ['tokens', 'mean', 'ai.total_tokens'],
    ['signup', 'conversion', "event:Signed'Up"],
    ['signups', 'mean', "event:Signed'Up"],
    ['money', 'mean', 'event:purchase.value'],
    ['bought', 'conversion', 'event:purchase'],
  ] as const;

  it.each(['user', 'session'] as const)('of a %s', async (unit) => {
    const { id, startMs } = await begin(`random-${unit}`, {
      unit,
      metrics: METRICS.map(([name, kind, source]) => ({ name, kind, source, direction: 'increase' })),
    });
    const owners = new Map(Array.from({ length: 40 }, (_, i) => [`${id}-anon-${i}`, `${id}-user-${i}`]));
    const happened = randomHappenings(id, startMs, 6_000, unit === 'user' ? 7 : 8);
    await insert(happened);
    await link(owners, startMs);
    const stop = await answer<Experiment>('POST', `/${id}/stop`, { reason: 'enough' });
    const endMs = Date.parse(stop.stopped_at ?? '');
    const check = async (toMs: number) => {
      const results = await resultsOf(id);
      const expected = recount(happened, {
        id,
        unit,
        fromMs: startMs,
        toMs,
        variants: ['control', 'b'],
        owners,
      });
      expect(results.variants.map((v) => v.units)).toEqual(expected.units);
      expect(results.left_out).toEqual(expected.leftOut);
      for (const [place, [name, , source]] of METRICS.entries()) {
        for (const [v, figures] of expected.metric(source, METRICS[place]?.[1] ?? 'mean').entries()) {
          const actual = results.metrics[place]?.values[v];
          expect([name, actual?.n, actual?.conversions]).toEqual([name, figures.n, figures.conversions]);
          if (figures.conversions === null && figures.n > 1) {
            expectClose(actual?.estimate, figures.mean, 1e-9);
            expectClose(actual?.variance, figures.variance, 1e-9);
          }
        }
      }
    };
    await check(endMs);
    // As if it had run on: most of what happened was after the stop.
    await pool.query('ALTER TABLE fineprint.experiments DISABLE TRIGGER experiments_guard');
    await pool.query('UPDATE fineprint.experiments SET stopped_at = $2 WHERE id = $1', [
      id,
      new Date(startMs + 60_000),
    ]);
    await pool.query('ALTER TABLE fineprint.experiments ENABLE TRIGGER experiments_guard');
    await check(startMs + 60_000);
  });
});

it('has no sum of different money, and says so', async () => {
  const { id, startMs } = await begin('money', {
    metrics: [{ name: 'revenue', kind: 'mean', source: 'event:purchase.value', direction: 'increase' }],
  });
  const bought = (user: string, currency: string): Happening => ({
    table: 'product_events',
    at: startMs + 9,
    kind: 'conversion',
    event_name: 'conversion',
    conversion_type: 'purchase',
    conversion_value: 5,
    currency,
    user_id: user,
  });
  const seen = ['a', 'b', 'c'].map((u, i) => exposure(id, `${id}-${u}`, i === 0 ? 'control' : 'b', startMs));
  await insert([...seen, bought(`${id}-a`, 'USD'), bought(`${id}-b`, 'USD')]);
  const before = await resultsOf(id);
  expect(before.metrics[0]).toMatchObject({ withheld: null, currencies: ['USD'] });
  expect(before.metrics[0]?.values.map((v) => [v.n, v.estimate])).toEqual([
    [1, 5],
    [2, 2.5],
  ]);
  await insert([bought(`${id}-c`, 'EUR')]);
  const after = await resultsOf(id);
  expect(after.metrics[0]).toMatchObject({
    withheld: 'mixed_currencies',
    currencies: ['EUR', 'USD'],
    values: [],
  });
  expect(after.treatments[0]?.comparisons[0]).toMatchObject({ not_enough: 'no_observations', p_value: null });
});

it('knows an answer again until an event, a link or the experiment changes', async () => {
  const { id, startMs } = await begin('etag', {
    metrics: [{ name: 'x', kind: 'conversion', source: 'event:x', direction: 'increase' }],
  });
  const etagOf = async () => {
    const response = await ask('GET', `/${id}/results`);
    await response.body?.cancel();
    return response.headers.get('etag') ?? '';
  };
  const first = await etagOf();
  const again = await ask('GET', `/${id}/results`, undefined, { 'if-none-match': first });
  expect(again.status).toBe(304);
  await insert([track(`${id}-u`, 'x', startMs + 1)]);
  const second = await etagOf();
  expect(second).not.toBe(first);
  await link(new Map([[`${id}-a`, `${id}-u`]]), startMs);
  const third = await etagOf();
  expect(third).not.toBe(second);
  await answer('POST', `/${id}/stop`);
  expect(await etagOf()).not.toBe(third);
});

it('nobody has seen it yet: no figure, and no conclusion', async () => {
  const { id } = await begin('empty', {
    metrics: [{ name: 'x', kind: 'mean', source: 'ai.cost_estimate', direction: 'decrease' }],
  });
  const results = await resultsOf(id);
  expect(results.sample_ratio).toEqual({ verdict: 'not_enough_data', statistic: null, p_value: null });
  expect(results.treatments[0]).toMatchObject({
    conclusion: 'not_enough_data',
    comparisons: [
      { difference: null, p_value: null, not_enough: 'no_observations', required_control_units: null },
    ],
  });
});

it('refuses drafts, strangers, other roles and what is no id', async () => {
  const id = `draft-${RUN}`;
  const metrics = [{ name: 'x', kind: 'conversion', source: 'event:x', direction: 'increase' }];
  await answer('POST', '', { id, unit: 'user', variants: AB, metrics });
  const code = async (response: Promise<Response>) => {
    const { status, code: name } = (await (await response).json()) as { status: number; code: string };
    return [status, name];
  };
  expect(await code(ask('GET', `/${id}/results`))).toEqual([409, 'experiment_not_started']);
  expect(await code(ask('GET', `/${id}/assignment?unit=u`))).toEqual([409, 'experiment_not_running']);
  expect(await code(ask('POST', `/${id}/stop`))).toEqual([409, 'experiment_status']);
  expect(await code(ask('POST', '', { id, unit: 'session', variants: AB, metrics }))).toEqual([
    409,
    'experiment_exists',
  ]);
  expect(await code(ask('GET', `/nobody-${RUN}/results`))).toEqual([404, 'unknown_experiment']);
  expect(await code(ask('GET', `/nobody-${RUN}/assignment?unit=u`))).toEqual([404, 'unknown_experiment']);
  const injected = encodeURIComponent("x' OR 1=1 --");
  expect(await code(ask('GET', `/${injected}/results`))).toEqual([400, 'invalid_parameter']);
  expect(await code(ask('GET', `/${id}/results?from=now`))).toEqual([400, 'unknown_parameter']);
  const operator = { authorization: `Bearer ${await keyOf('operator')}` };
  expect(await code(ask('GET', `/${id}/results`, undefined, operator))).toEqual([403, 'forbidden']);
});
