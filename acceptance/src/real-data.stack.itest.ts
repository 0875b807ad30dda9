import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { REPO_DIR, resolveSettings } from '@fineprint/stack';
import { takeTestSlot } from '@fineprint/stack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import behaviour from '../../packages/behaviour/reference/reference.json' with { type: 'json' };
import aiTrace from '../reference/ai_trace.json' with { type: 'json' };
import { runCommand } from './mission/command-line.ts';
import { createMissionContext } from './mission/context.ts';
import { seeded } from './random.ts';

/**
 * Real data through the whole product, as a user runs it: `fineprint up`, definitions and prices by the command line, events
 * over HTTP, figures over HTTP and SQL. They are compared with what scripts of other people's languages and none of our
 * code take from the raw files: reference/ai_trace.py, and packages/behaviour/reference/reference.py.
 */
const TRACE = new URL('../testdata/azure-llm-trace-2023-conv.csv.gz', import.meta.url);
const CLICKSTREAM = new URL('../../packages/behaviour/testdata/ecom-clickstream.csv.gz', import.meta.url);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const AS_OF = '2024-06-29T22:02:40Z';
const BATCH = 500;
/** Late by less than the 7 days that funnels wait for. */
const MAX_LATE_MS = 6 * 86_400_000;
const VISIBLE_WITHIN_MS = 120_000;
const ANALYTICS = '/api/v1/analytics';
const WHOLE = ['product_view', 'add_to_cart', 'cart', 'shipping_details', 'purchase'];
const STRICT = ['catalog', 'product_view', 'add_to_cart'];
const MODEL = 'real-trace';

/** A stack of its own: figures over all events must see no other test's. */
const slot = takeTestSlot(REPO_DIR);
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'fineprint-real-'));
let env: Record<string, string>;
let context: ReturnType<typeof createMissionContext>;

interface Up {
  readonly gatewayUrl: string;
  readonly queryApiUrl: string;
  readonly writeKey: string;
  readonly apiKey: string;
  readonly clickhouseUrl: string;
  readonly clickhouseUser: string;
  readonly databaseUrl: string;
  readonly clickhousePassword: string;
}

async function command(...args: string[]): Promise<string> {
  const { code, out, err } = await runCommand(args, env, 180_000);
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return out;
}

beforeAll(async () => {
  env = { FINEPRINT_DATA_DIR: dataDir, FINEPRINT_PORT_OFFSET: String(slot.portOffset) };
  const up = JSON.parse(await command('up', '--detach', '--json')) as Up;
  const { gatewayUrl, queryApiUrl: queryUrl, writeKey, apiKey, clickhouseUrl: url, databaseUrl } = up;
  const clickhouse = { url, username: up.clickhouseUser, password: up.clickhousePassword };
  context = createMissionContext({
    gatewayUrl,
    queryUrl,
    writeKey,
    apiKey,
    clickhouse,
    databaseUrl,
    serviceEnv: {}, // nothing here starts a service
    smtpPort: resolveSettings(env, REPO_DIR).ports.smtp,
    commandEnv: env,
  });
}, 240_000);
afterAll(async () => {
  await context?.close();
  await command('down', '--erase');
  rmSync(dataDir, { recursive: true, force: true });
  slot.lock.release();
}, 60_000);

const linesOf = (file: URL) => gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1);

/** Shuffled within six days, a fifth of it twice. */
function disturbed<T extends { readonly timestamp: string }>(
  events: readonly T[],
  random: () => number,
): T[] {
  const sent = [...events, ...events.filter(() => random() < 0.2)];
  return sent
    .map((event) => ({ event, at: Date.parse(event.timestamp) + random() * MAX_LATE_MS }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}

async function send(to: string, events: readonly object[]): Promise<void> {
  for (let from = 0; from < events.length; from += BATCH) {
    const { status, body } = await context.post(to, events.slice(from, from + BATCH));
    expect({ status, rejected: (body as { rejected: unknown }).rejected }).toEqual({
      status: 202,
      rejected: [],
    });
  }
}

/** Ids in the order of the lines: the tie-break of events of one second. */
const idOf = (prefix: string, line: number) => `${prefix}-0000-4000-8000-${String(line).padStart(12, '0')}`;

function clickstream() {
  return linesOf(CLICKSTREAM).map((line, i) => {
    const [user = '', session = '', event = '', timestamp = ''] = line.split(',');
    return {
      event_id: idOf('00000001', i),
      user_id: user,
      session_id: session,
      event_name: event,
      timestamp: `${timestamp.replace(' ', 'T')}Z`,
    };
  });
}

function trace() {
  return linesOf(TRACE).map((line, i) => {
    const [time = '', input, output] = line.trim().split(',');
    return {
      event_id: idOf('00000002', i),
      timestamp: `${time.replace(' ', 'T').slice(0, 23)}Z`,
      model_name: MODEL,
      model_version: '1',
      provider: 'azure',
      input_tokens: Number(input),
      output_tokens: Number(output),
      success: true,
    };
  });
}

const applyFunnels = async (names: Readonly<Record<string, object>>): Promise<void> => {
  for (const [name, rest] of Object.entries(names)) {
    const file = path.join(dataDir, `${name}.json`);
    writeFileSync(file, JSON.stringify({ name, windowMs: 86_400_000, ...rest }));
    await command('funnels', 'apply', file);
  }
};
const steps = (names: readonly string[]) => names.map((event) => ({ event }));

const get = async <T>(address: string): Promise<T> => {
  const { status, body } = await context.get(address);
  expect({ address, status, body: status === 200 ? null : body }).toEqual({
    address,
    status: 200,
    body: null,
  });
  return body as T;
};

describe(`real data, seed ${SEED}`, () => {
  const random = seeded(SEED);

  it('is the files that the references were made from', () => {
    const hash = (file: URL) => createHash('sha256').update(readFileSync(file)).digest('hex');
    expect([hash(TRACE), hash(CLICKSTREAM)]).toEqual([aiTrace.sha256, behaviour.file.sha256]);
  });

  it('is taken: AI requests with prices, clicks before and after funnels were defined', async () => {
    const prices = path.join(dataDir, 'prices.json');
    const price = {
      provider: 'azure',
      model: MODEL,
      input: '0.0375',
      output: '0.6',
      effective_from: '2020-01-01',
    };
    writeFileSync(prices, JSON.stringify({ currency: 'USD', source: 'test', entries: [price] }));
    await command('prices', 'import', prices);
    await applyFunnels({
      ordered: { steps: steps(WHOLE), order: 'ordered' },
      strict: { steps: steps(STRICT), order: 'strict' },
    });
    await send('/api/v1/ai/events/batch', disturbed(trace(), random));
    await send('/api/v1/product/events/batch', disturbed(clickstream(), random));
    await applyFunnels({
      any: { steps: steps(WHOLE), order: 'any' },
      'ordered-later': { steps: steps(WHOLE), order: 'ordered' },
    });
  }, 240_000);

  it('counts every AI request once, with tokens and cost exact and percentiles within 1 %', async () => {
    await context.eventually(VISIBLE_WITHIN_MS, async () => {
      const [rows] = await context.sql<{ n: number; ids: number }>(
        'SELECT toInt32(count()) AS n, toInt32(uniqExact(event_id)) AS ids FROM fineprint.ai_requests WHERE model_name = {model:String}',
        { model: MODEL },
      );
      expect(rows).toEqual({ n: aiTrace.requests, ids: aiTrace.requests });
      const [sums] = await context.sql<{ figures: string[] }>(
        `SELECT arrayMap(x -> toString(x), [sum(requests), sum(input_tokens), sum(output_tokens),
           sum(cost_nano_usd), toInt64(count()), max(requests)]) AS figures
         FROM fineprint.ai_metrics_minute WHERE model_name = {model:String}`,
        { model: MODEL },
      );
      const { requests, inputTokens, outputTokens, costNanoUsd, minutes, busiestMinute } = aiTrace;
      expect(sums?.figures.map(Number)).toEqual([
        requests,
        inputTokens,
        outputTokens,
        costNanoUsd,
        minutes,
        busiestMinute,
      ]);
    });
    for (const [column, exact] of [
      ['input_tokens', aiTrace.inputQuantiles],
      ['output_tokens', aiTrace.outputQuantiles],
    ] as const) {
      const [row] = await context.sql<{ found: number[] }>(
        `WITH (b, c, q) -> b[arrayFirstIndex(n -> n > floor(q * (arraySum(c) - 1)), arrayCumSum(c))] AS bin_at
         SELECT arrayMap(q -> sign(bin_at(m.1, m.2, q)) * 2 * pow(1.02, abs(bin_at(m.1, m.2, q)) - 2000) / 2.02,
           [0.5, 0.9, 0.95, 0.99]) AS found
         FROM (SELECT sumMap(${column}_bins, ${column}_bin_counts) AS m FROM fineprint.ai_metrics_day
               WHERE model_name = {model:String})`,
        { model: MODEL },
      );
      for (const [i, value] of exact.entries())
        expect(Math.abs((row?.found[i] ?? Number.NaN) - value) / value).toBeLessThan(0.01);
    }
    const { rows } = await get<{ rows: { requests: number; cost_usd: number }[] }>(
      `/api/v1/ai/performance-metrics?model=${MODEL}&granularity=none&from=2023-11-16&to=2023-11-18`,
    );
    expect(rows.map((r) => [r.requests, Math.round(r.cost_usd * 1e9)])).toEqual([
      [aiTrace.requests, aiTrace.costNanoUsd],
    ]);
  }, 180_000);

  interface Person {
    readonly person: string;
    readonly level: number;
    readonly steps: string[];
    readonly times: number[];
  }
  const people = (funnel: string) =>
    context.sql<Person>(
      `SELECT person, level, steps, arrayMap(t -> toFloat64(toUnixTimestamp64Milli(t)), step_times) AS times
       FROM fineprint.funnel_people WHERE funnel = {funnel:String} AND level > 0`,
      { funnel },
    );
  const users = [...new Set(clickstream().map((e) => e.user_id))].sort();

  it.each([
    ['ordered', 'ordered', WHOLE],
    ['strict', 'strict', STRICT],
    ['any', 'any', WHOLE],
    ['ordered-later', 'ordered', WHOLE],
  ] as const)(
    '%s: every person, every step, every time',
    async (funnel, reference, names) => {
      const expected = behaviour.funnel[reference];
      await context.eventually(VISIBLE_WITHIN_MS, async () => {
        const found = new Map((await people(funnel)).map((p) => [p.person.slice(2), p]));
        const levels = names.map(() => 0);
        const hash = createHash('sha256');
        for (const user of users) {
          const person = found.get(user);
          if (person !== undefined) levels[person.level - 1] = (levels[person.level - 1] ?? 0) + 1;
          const timeOf = new Map(person?.steps.map((step, i) => [step, person.times[i]]));
          const reached = reference === 'any' ? names : names.slice(0, person?.level ?? 0);
          const isNobody = person === undefined && reference === 'any';
          hash.update(
            `${user} ${(isNobody ? [] : reached).map((step) => timeOf.get(step) ?? '-').join(',')}\n`,
          );
        }
        expect(levels).toEqual(expected.levels.slice(1));
        expect(hash.digest('hex')).toBe(expected.sha256OfUserTimes);
      });
      const report = await get<{
        entered: number;
        converted: number;
        in_progress: number;
        dropped: number;
        time_to_convert: { median_ms: number };
      }>(`${ANALYTICS}/funnels/${funnel}/report?as_of=${AS_OF}`);
      const [, ...reached] = expected.levels;
      expect(report.entered).toBe(reached.reduce((a, b) => a + b, 0));
      expect([report.converted, report.time_to_convert.median_ms]).toEqual([
        reached.at(-1),
        expected.medianMs,
      ]);
      if ('states' in expected) {
        const { converted, dropped, in_progress } = expected.states;
        expect(report).toMatchObject({ converted, dropped, in_progress });
      }
    },
    180_000,
  );

  it.each([
    ['monthly', 'period=month&mode=n_day&periods=5'],
    ['weekly', 'period=week&mode=n_day&periods=8'],
    ['weeklyUnbounded', 'period=week&mode=unbounded&periods=8'],
  ] as const)('%s retention', async (name, query) => {
    const { cohorts } = await get<{
      cohorts: { cohort: string; size: number; cells: ({ users: number } | null)[] }[];
    }>(`${ANALYTICS}/retention?${query}&from=2024-01-01&to=2024-06-30&as_of=2024-06-29T22:02:41Z`);
    expect(cohorts.map((c) => [c.cohort, c.size, c.cells.map((cell) => cell?.users ?? null)])).toEqual(
      behaviour.retention[name],
    );
  });

  it.each([
    ['pathsFromHome', 'direction=from&event=home&steps=5'],
    ['pathsToPurchase', 'direction=to&event=purchase&steps=4'],
  ] as const)('journeys: %s', async (name, query) => {
    const found = await get<{
      sessions: number;
      paths: { steps: string[]; sessions: number }[];
      other_paths: { paths: number; sessions: number };
    }>(`${ANALYTICS}/journeys?${query}&limit=10&from=2024-01-01&to=2024-07-01`);
    expect({
      sessions: found.sessions,
      top: found.paths.map((p) => [p.steps, p.sessions]),
      otherPaths: found.other_paths.paths,
      otherSessions: found.other_paths.sessions,
    }).toEqual(behaviour[name]);
  });

  it('adoption and stickiness', async () => {
    const adoption = await get<Record<string, number>>(
      `${ANALYTICS}/adoption?event=wishlist_add&from=2024-01-01&to=2024-07-01`,
    );
    const { activeUsers, adopters, uses, frequencyMedian, timeToFirstUseMedianMs } = behaviour.adoption;
    expect(adoption).toMatchObject({
      active_users: activeUsers,
      adopters,
      uses,
      frequency_median: frequencyMedian,
      time_to_first_use_median_ms: timeToFirstUseMedianMs,
    });
    const { days } = await get<{ days: { dau: number; wau: number; mau: number }[] }>(
      `${ANALYTICS}/stickiness?from=2024-03-01&to=2024-06-01`,
    );
    const rows = days.map(({ dau, wau, mau }) => [dau, wau, mau]);
    const sums = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0));
    expect({ first: rows[0], last: rows.at(-1), sums }).toEqual(behaviour.stickiness);
  });
});
