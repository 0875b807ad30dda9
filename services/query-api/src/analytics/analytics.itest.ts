import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import {
  adoptionOf,
  type BehaviourEvent,
  backTestChurn,
  compileSelector,
  type EventKind,
  fitChurn,
  journeysOf,
  lifetimeValue,
  type Period,
  type RetentionMode,
  retention,
  type Stickiness,
  sessionsOf,
  stickinessOf,
  visitSummaries,
} from '@fineprint/behaviour';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { createLogger, type RunningService } from '@fineprint/observability';
import { readConfig } from '@fineprint/service-config';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import reference from '../../../../packages/behaviour/reference/reference.json' with { type: 'json' };
import { queryFields, SERVICE } from '../config.ts';
import type { Role } from '../keys/api-key.ts';
import { createApiKey } from '../keys/api-keys.ts';
import { startQueryApi } from '../query-api.ts';
import { clickstreamHistory, generateHistory, resolved } from '../testing/behaviour-rows.ts';
import { storeHistory } from '../testing/behaviour-store.ts';

const RUN = randomUUID().slice(0, 8);
const DAY_MS = 86_400_000;
/** Eras of this test's own: nobody else's events are older, and questions end before anybody else's begin. */
const ERA_END = '2025-01-01';
const FROM_MS = Date.UTC(2021, 11, 27);
const DAYS = 120;
const CLICKSTREAM_AS_OF = Date.UTC(2024, 5, 29, 22, 2, 40);

const clickstream = clickstreamHistory(RUN);
const generated = generateHistory({ run: RUN, seed: 7, users: 1_500, fromMs: FROM_MS, days: DAYS });
const events = resolved(generated);
const AS_OF = FROM_MS + DAYS * DAY_MS;

let client: ClickHouseClient;
let pool: Pool;
let api: RunningService & { url: string };
let key: string;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  await migratePostgres(endpoints.databaseUrl);
  client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  await client.command({
    query: `ALTER TABLE fineprint.product_events DELETE WHERE event_time < '${ERA_END}' SETTINGS mutations_sync = 1`,
  });
  const partition = 1_500_000_000 + Math.floor(Math.random() * 1e6);
  await storeHistory(client, clickstream, partition);
  await storeHistory(client, generated, partition + 1);
  key = await keyOf('analyst');
  api = await start();
});
afterAll(async () => {
  await api?.close();
  await pool?.end();
  await client?.close();
});

const keyOf = async (role: Role) =>
  (await createApiKey(pool, { name: `analytics-${RUN}`, role, unmasked: true })).key;

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

const ask = (path: string, withKey = key) =>
  fetch(`${api.url}/api/v1/analytics/${path}`, { headers: { authorization: `Bearer ${withKey}` } });

async function get<T>(path: string, parameters: Record<string, string | number | undefined>): Promise<T> {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
  const response = await ask(`${path}?${query}`);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body as T;
}

const select = (event?: string, kind?: EventKind) =>
  event === undefined && kind === undefined
    ? () => true
    : compileSelector({ ...(event && { event }), ...(kind && { kind }), where: [] });
const until = (asOfMs: number, all: readonly BehaviourEvent[] = events) =>
  all.filter((event) => event.timeMs < asOfMs);

it('resolves the same persons as the view does', async () => {
  const result = await client.query({
    query: `SELECT person, count() AS n FROM fineprint.product_events_by_person
      WHERE event_time < '${new Date(AS_OF).toISOString().slice(0, 19)}' GROUP BY person`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ person: string; n: string }>();
  const expected = new Map<string, number>();
  for (const { subject } of until(AS_OF)) expected.set(subject, (expected.get(subject) ?? 0) + 1);
  expect(new Map(rows.map(({ person, n }) => [person, Number(n)]))).toEqual(expected);
  expect([...expected.keys()].filter((person) => person.startsWith('a:')).length).toBeGreaterThan(100);
});

interface RetentionAnswer {
  readonly cohorts: readonly {
    readonly cohort: string;
    readonly size: number;
    readonly cells: readonly ({ users: number; share: number; complete: boolean } | null)[];
  }[];
}

describe('retention', () => {
  it.each([
    ['monthly', { period: 'month', periods: 5 }],
    ['weekly', { period: 'week', periods: 8 }],
    ['weeklyUnbounded', { period: 'week', periods: 8, mode: 'unbounded' }],
  ] as const)('%s of the real clickstream is what the independent script counted', async (name, asked) => {
    const found = await get<RetentionAnswer>('retention', {
      ...asked,
      from: '2024-01-01',
      as_of: CLICKSTREAM_AS_OF,
    });
    expect(
      found.cohorts.map((row) => [row.cohort, row.size, row.cells.map((cell) => cell?.users ?? null)]),
    ).toEqual(reference.retention[name]);
  });

  const brackets = [
    { from: 0, to: 0 },
    { from: 1, to: 3 },
    { from: 2, to: 7 },
  ];
  it.each([
    ['day', { type: 'n_day', periods: 30 }, [], [], AS_OF - 40 * DAY_MS - 12_345],
    ['week', { type: 'n_day', periods: 12 }, ['signup'], ['view'], AS_OF],
    ['week', { type: 'unbounded', periods: 12 }, ['view'], [undefined, 'conversion'], AS_OF - 3 * DAY_MS],
    ['month', { type: 'unbounded', periods: 3 }, [undefined, 'identify'], [], AS_OF],
    ['day', { type: 'bracket', brackets }, [undefined, 'engagement'], ['search'], AS_OF],
    ['month', { type: 'bracket', brackets }, [], ['nobody did this'], AS_OF],
  ] as [Period, RetentionMode, Parameters<typeof select>, Parameters<typeof select>, number][])(
    'by %s, %o equals the pure function: merged identities, ties, a past moment',
    async (period, mode, acquired, returned, asOfMs) => {
      const found = await get<RetentionAnswer>('retention', {
        period,
        mode: mode.type,
        ...(mode.type === 'bracket'
          ? { brackets: mode.brackets.map(({ from, to }) => `${from}-${to}`).join(',') }
          : { periods: mode.periods }),
        from: FROM_MS,
        as_of: asOfMs,
        start_event: acquired[0],
        start_kind: acquired[1],
        return_event: returned[0],
        return_kind: returned[1],
      });
      const expected = retention(until(asOfMs), {
        acquired: select(...acquired),
        returned: select(...returned),
        period,
        mode,
        asOfMs,
      });
      expect(expected.length).toBeGreaterThan(2);
      expect(
        found.cohorts.map((row) => ({
          ...row,
          cells: row.cells.map((cell) => cell && { users: cell.users, complete: cell.complete }),
        })),
      ).toEqual(expected);
    },
  );

  it('limits cohorts, not histories', async () => {
    const asked = { period: 'week', as_of: AS_OF, periods: 4 };
    const all = await get<RetentionAnswer>('retention', { ...asked, from: FROM_MS });
    const some = await get<RetentionAnswer>('retention', {
      ...asked,
      from: FROM_MS + 21 * DAY_MS,
      to: FROM_MS + 35 * DAY_MS,
    });
    expect(some.cohorts).toEqual(all.cohorts.slice(3, 5));
    const last = await get<RetentionAnswer>('retention', asked);
    expect(last.cohorts.map((row) => row.cohort)).toEqual(all.cohorts.slice(-4).map((row) => row.cohort));
  });
});

describe('lifetime value', () => {
  interface Answer {
    readonly cohorts: readonly {
      readonly cohort: string;
      readonly size: number;
      readonly values: readonly {
        readonly currency: string | null;
        readonly by_period: readonly ({ amount: number; per_user: number; complete: boolean } | null)[];
        readonly cumulative: readonly ({ amount: number } | null)[];
      }[];
    }[];
  }

  it.each([
    ['week', 6, [], AS_OF],
    ['month', 2, ['signup'], AS_OF - 20 * DAY_MS],
    ['day', 40, [undefined, 'identify'], AS_OF - 5_000],
  ] as [Period, number, Parameters<typeof select>, number][])(
    'by %s for %i periods equals the pure function to the last millionth',
    async (period, periods, acquired, asOfMs) => {
      const { cohorts } = await get<Answer>('lifetime-value', {
        period,
        periods,
        from: FROM_MS,
        as_of: asOfMs,
        start_event: acquired[0],
        start_kind: acquired[1],
      });
      const expected = lifetimeValue(until(asOfMs), { acquired: select(...acquired), period, periods });
      const found = cohorts.flatMap(({ cohort, size, values }) =>
        values.map(({ currency, by_period, cumulative }) => ({
          cohort,
          size,
          currency,
          by_period,
          cumulative,
        })),
      );
      expect(found.map(({ cohort, size, currency }) => ({ cohort, size, currency }))).toEqual(
        expected.map(({ cohort, size, currency }) => ({ cohort, size, currency })),
      );
      for (const [i, row] of expected.entries()) {
        const amounts = (list: readonly ({ amount: number } | null)[] = []) =>
          list.map((value) => value?.amount ?? null);
        const begun = found[i]?.by_period.filter((value) => value !== null).length ?? 0;
        expect(begun).toBeGreaterThan(0);
        expect(amounts(found[i]?.by_period).slice(0, begun)).toEqual(row.byPeriod.slice(0, begun));
        expect(amounts(found[i]?.cumulative).slice(0, begun)).toEqual(row.cumulative.slice(0, begun));
        expect(row.byPeriod.slice(begun).every((amount) => amount === 0)).toBe(true);
      }
    },
  );

  it('shows cohorts that brought nothing, and one currency on its own', async () => {
    const asked = { period: 'day', periods: 3, from: FROM_MS, as_of: AS_OF };
    const { cohorts } = await get<Answer>('lifetime-value', asked);
    expect(cohorts.some(({ size, values }) => size > 0 && values.length === 0)).toBe(true);
    const euros = await get<Answer>('lifetime-value', { ...asked, currency: 'EUR' });
    expect(euros.cohorts).toEqual(
      cohorts.map((row) => ({ ...row, values: row.values.filter(({ currency }) => currency === 'EUR') })),
    );
  });
});

describe('journeys', () => {
  interface Answer {
    readonly sessions: number;
    readonly paths: readonly { readonly steps: readonly string[]; readonly sessions: number }[];
    readonly other_paths: { readonly paths: number; readonly sessions: number };
    readonly links: readonly object[];
    readonly other_links: object;
  }
  const ofClickstream = { from: '2024-01-01', to: CLICKSTREAM_AS_OF, limit: 10 };

  it.each([
    ['from', 'home', 5, reference.pathsFromHome],
    ['to', 'purchase', 4, reference.pathsToPurchase],
  ] as const)(
    '%s %s in the real clickstream are what the independent script counted',
    async (direction, event, steps, expected) => {
      const found = await get<Answer>('journeys', { ...ofClickstream, direction, event, steps });
      expect({
        sessions: found.sessions,
        top: found.paths.map((path) => [path.steps, path.sessions]),
        otherPaths: found.other_paths.paths,
        otherSessions: found.other_paths.sessions,
      }).toEqual(expected);
    },
  );

  it.each([
    ['from', undefined, 20, 50],
    ['from', 'signup', 3, 7],
    ['to', 'purchase', 6, 500],
    ['to', 'view', 2, 1],
    ['from', 'nobody did this', 6, 5],
  ] as const)('%s %s equal the pure function', async (direction, event, steps, limit) => {
    const [from, to] = [FROM_MS + 10 * DAY_MS + 7 * 60_000, AS_OF - 9 * DAY_MS];
    const { paths, sessions, other_paths, links, other_links } = await get<Answer>('journeys', {
      from,
      to,
      direction,
      event,
      steps,
      limit,
    });
    const within = until(to).filter(({ timeMs }) => timeMs >= from);
    const anchor = event === undefined ? {} : { anchor: select(event) };
    const expected = journeysOf(sessionsOf(within), { direction, maxSteps: steps, topK: limit, ...anchor });
    expect({ sessions, paths, otherPaths: other_paths, links, otherLinks: other_links }).toEqual(expected);
  });
});

describe('adoption and stickiness', () => {
  it('of the real clickstream are what the independent script counted', async () => {
    const adopted = await get<Record<string, number>>('adoption', {
      from: '2024-01-01',
      to: CLICKSTREAM_AS_OF,
      event: 'wishlist_add',
    });
    expect({
      activeUsers: adopted['active_users'],
      adopters: adopted['adopters'],
      uses: adopted['uses'],
      frequencyMedian: adopted['frequency_median'],
      timeToFirstUseMedianMs: adopted['time_to_first_use_median_ms'],
    }).toEqual(reference.adoption);
    const { days } = await get<Stickiness>('stickiness', { from: '2024-03-01', to: '2024-06-01' });
    const rows = days.map(({ dau, wau, mau }) => [dau, wau, mau]);
    const sums = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0));
    expect({ first: rows[0], last: rows.at(-1), sums }).toEqual(reference.stickiness);
  });

  it.each([
    [{ feature: 'reports' }, (e: BehaviourEvent) => e.fields.feature === 'reports'],
    [{ kind: 'engagement' }, select(undefined, 'engagement')],
    [{ event: 'search' }, select('search')],
    [{ event: 'nobody did this' }, () => false],
  ] as const)('adoption of %o equals the pure function', async (asked, isUse) => {
    const [from, to] = [FROM_MS + 30 * DAY_MS, AS_OF - 5 * 60_000];
    const found = await get<Record<string, number | null>>('adoption', { from, to, ...asked });
    const expected = adoptionOf(
      until(to).filter(({ timeMs }) => timeMs >= from),
      isUse,
    );
    const { timeToFirstUseP90Ms: p90, ...exact } = expected;
    expect({
      activeUsers: found['active_users'],
      adopters: found['adopters'],
      reach: found['reach'],
      uses: found['uses'],
      frequencyMean: found['frequency_mean'],
      frequencyMedian: found['frequency_median'],
      depthMean: found['depth_mean'],
      timeToFirstUseMedianMs: found['time_to_first_use_median_ms'],
    }).toEqual(exact);
    // Interpolated: the last bit of a float may differ.
    expect(found['time_to_first_use_p90_ms'] ?? -1).toBeCloseTo(p90 ?? -1, 3);
  });

  it.each([
    [[], FROM_MS + 20 * DAY_MS, FROM_MS + 90 * DAY_MS],
    [['search'], FROM_MS + 3 * DAY_MS + 60_000, FROM_MS + 50 * DAY_MS - 60_000],
    [[undefined, 'conversion'], FROM_MS, AS_OF],
  ] as const)(
    'stickiness by %o equals the pure function',
    async (active: readonly (string | undefined)[], from, to) => {
      const [event, kind] = active as Parameters<typeof select>;
      const found = await get<Stickiness & Record<string, unknown>>('stickiness', { from, to, event, kind });
      const { days, ...ratios } = stickinessOf(events, select(event, kind), from, to);
      expect(found.days).toEqual(days);
      expect([found['dau_over_mau'], found['dau_over_wau'], found['wau_over_mau']]).toEqual([
        ratios.dauOverMau,
        ratios.dauOverWau,
        ratios.wauOverMau,
      ]);
    },
  );
});

describe('churn', () => {
  interface Answer {
    readonly state: string;
    readonly not_enough_data: object | null;
    readonly users: number;
    readonly expected_churn_rate: number | null;
    readonly back_test: {
      readonly state: string;
      readonly users: number | null;
      readonly churn_rate: number | null;
      readonly brier: number | null;
      readonly better_than_average: boolean;
      readonly calibration: readonly { users: number; predicted: number; actual: number }[];
    };
    readonly at_risk:
      | readonly {
          person: string;
          risk: number;
          visit_days: number;
          first_visit: string;
          last_visit: string;
        }[]
      | null;
  }

  it.each([
    ['of generated people', events, AS_OF, 14, undefined],
    ['by one kind of event', events, AS_OF - 10 * DAY_MS, 30, 'track'],
  ] as [string, readonly BehaviourEvent[], number, number, EventKind | undefined][])(
    '%s equals the pure functions',
    async (_name, all, endMs, horizonDays, kind) => {
      const found = await get<Answer>('churn', {
        as_of: endMs + 5_000,
        horizon_days: horizonDays,
        kind,
        limit: 50,
      });
      const isVisit = select(undefined, kind);
      const summaries = visitSummaries(all, isVisit, endMs);
      const model = fitChurn([...summaries.values()]);
      const expected = backTestChurn(all, isVisit, endMs - horizonDays * DAY_MS, endMs);
      if (!model.ok || !expected.ok) throw new Error('enough data was generated');
      const risks = new Map(
        [...summaries].map(([person, user]) => [person, model.riskOf(user, horizonDays)]),
      );
      expect([found.state, found.users]).toEqual(['ready', summaries.size]);
      const mean = [...risks.values()].reduce((sum, risk) => sum + risk, 0) / risks.size;
      // The search for the parameters ends within its tolerance of the same optimum.
      expect(found.expected_churn_rate ?? -1).toBeCloseTo(mean, 3);
      const { back_test } = found;
      expect([back_test.users, back_test.churn_rate, back_test.better_than_average]).toEqual([
        expected.users,
        expected.leftShare,
        expected.betterThanAverage,
      ]);
      expect(back_test.brier ?? -1).toBeCloseTo(expected.brier, 4);
      expect(back_test.calibration.map((bin) => bin.users)).toEqual(
        expected.calibration.map((bin) => bin.users),
      );
      if (!expected.betterThanAverage) {
        expect(found.at_risk).toBeNull();
        return;
      }
      const highest = [...risks.values()].sort((a, b) => b - a).slice(0, 50);
      expect(found.at_risk?.length).toBe(50);
      for (const [i, { person, risk, visit_days }] of (found.at_risk ?? []).entries()) {
        expect(risk).toBeCloseTo(risks.get(person) ?? -1, 2);
        expect(risk).toBeCloseTo(highest[i] ?? -1, 2);
        expect(visit_days).toBe((summaries.get(person)?.repeats ?? -1) + 1);
      }
    },
  );

  it('says what is missing where there is too little, and shows nobody', async () => {
    const found = await get<Answer>('churn', { as_of: AS_OF, event: 'nobody did this' });
    expect(found).toMatchObject({
      state: 'not_enough_data',
      not_enough_data: {
        have: { users: 0, repeaters: 0, days: 0 },
        need: { users: 100, repeaters: 50, days: 28 },
      },
      expected_churn_rate: null,
      back_test: { state: 'not_enough_data', users: null, calibration: [] },
      at_risk: null,
    });
  });
});

it('is read by analysts and admins, not by operators', async () => {
  const [operator, admin] = [await keyOf('operator'), await keyOf('admin')];
  for (const path of [
    'retention',
    'lifetime-value',
    'journeys',
    'adoption?kind=track',
    'stickiness',
    'churn',
  ]) {
    expect((await ask(path, operator)).status, path).toBe(403);
    expect((await ask(path, admin)).status, path).toBe(200);
  }
});
