import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FunnelRow, type GeneratedPeople, generatePeople } from '../testing/funnel-rows.ts';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const RUN = randomUUID().slice(0, 8);
const HOUR = 3_600_000;
const NOW = Math.floor(Date.now() / 60_000) * 60_000;
/** Of Kafka; no other test writes it. */
const PARTITION = 2_000_000 + Math.floor(Math.random() * 1e6);
const STEPS = ['document_uploaded', "it's; --", 'analysis_viewed', 'report_shared'];
const FUNNELS = '/api/v1/analytics/funnels';

let api: RealApi;
let nextOffset = 0;

beforeAll(async () => {
  api = await startRealApi();
});
afterAll(() => api?.close());

const timeOf = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
const timeOrNull = (ms: number | null) => (ms === null ? null : timeOf(ms));

async function insert(rows: readonly FunnelRow[]): Promise<void> {
  const values = rows.map((row) => ({
    ...row,
    step_times: row.step_times.map(timeOf),
    entered_at: timeOrNull(row.entered_at),
    reached_at: timeOrNull(row.reached_at),
    open_until: timeOrNull(row.open_until),
    updated_at: timeOf(NOW),
    received_at: timeOf(NOW),
    _partition: PARTITION,
    _offset: nextOffset++,
    _source_offset: -1,
  }));
  await api.clickhouse.insert({ table: 'fineprint.funnel_progress', values, format: 'JSONEachRow' });
}

interface Report {
  readonly as_of: string;
  readonly version: number;
  readonly entered: number;
  readonly converted: number;
  readonly in_progress: number;
  readonly dropped: number;
  readonly steps: readonly { step: string; reached: number; dropped: number; in_progress: number }[];
}

async function get<T>(path: string): Promise<T> {
  const { status, body } = await api.ask('GET', path);
  expect({ path, status, body }).toMatchObject({ status: 200 });
  return body as T;
}

/** What counts of generated rows: of each person the highest revision, unless it is of another's or at no step. */
function standing(rows: readonly FunnelRow[]): FunnelRow[] {
  const best = new Map<string, FunnelRow>();
  for (const row of rows)
    if (row.revision > (best.get(row.person)?.revision ?? -1)) best.set(row.person, row);
  return [...best.values()].filter((r) => r.merged_into === null && r.level > 0);
}

const stateOf = (r: FunnelRow, asOf: number) =>
  r.level === r.step_count ? 'converted' : (r.open_until ?? 0) >= asOf ? 'in_progress' : 'dropped';
const lastStepOf = (r: FunnelRow) => {
  const latest = Math.max(...r.step_times);
  return r.steps[r.step_times.lastIndexOf(latest)];
};

/** Linear between the two nearest, as spreadsheets and numpy do. */
function quantile(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}
const durations = (values: readonly number[]) => ({
  median_ms: quantile(values, 0.5),
  p90_ms: quantile(values, 0.9),
});
const ratio = (a: number, b: number) => (b === 0 ? null : a / b);

/** The report by plain loops over the rows. */
function expected(people: readonly FunnelRow[], steps: readonly string[], order: string, asOf: number) {
  const count = (keep: (r: FunnelRow) => boolean) => people.filter(keep).length;
  const timeAt = (r: FunnelRow, step: string) => r.step_times[r.steps.indexOf(step)] ?? 0;
  const has = (step: string) => people.filter((r) => r.steps.includes(step));
  const converted = people.filter((r) => stateOf(r, asOf) === 'converted');
  const dropped = count((r) => stateOf(r, asOf) === 'dropped');
  return {
    as_of: new Date(asOf).toISOString(),
    entered: people.length,
    converted: converted.length,
    in_progress: count((r) => stateOf(r, asOf) === 'in_progress'),
    dropped,
    conversion_rate: ratio(converted.length, people.length),
    settled_conversion_rate: ratio(converted.length, converted.length + dropped),
    time_to_convert: durations(converted.map((r) => (r.reached_at ?? 0) - (r.entered_at ?? 0))),
    inexact_people: count((r) => !r.exact),
    steps: steps.map((step, i) => {
      const before = order === 'any' ? undefined : steps[i - 1];
      const stopped = (state: string) => count((r) => lastStepOf(r) === step && stateOf(r, asOf) === state);
      return {
        step,
        reached: has(step).length,
        conversion_from_first: ratio(has(step).length, people.length),
        conversion_from_previous: before === undefined ? null : ratio(has(step).length, has(before).length),
        dropped: stopped('dropped'),
        in_progress: stopped('in_progress'),
        drop_off: ratio(stopped('dropped'), has(step).length),
        since_entry: durations(has(step).map((r) => timeAt(r, step) - (r.entered_at ?? 0))),
        since_previous:
          before === undefined ? null : durations(has(step).map((r) => timeAt(r, step) - timeAt(r, before))),
      };
    }),
  };
}

async function everyone(path: string): Promise<{ ids: string[]; total: number }> {
  const ids: string[] = [];
  let total = -1;
  for (let after = ''; ; ) {
    const page: { total: number; people: { person: string }[]; next_after: string | null } = await get(
      `${path}&limit=300${after}`,
    );
    ids.push(...page.people.map((p) => p.person));
    total = page.total;
    if (page.next_after === null) return { ids, total };
    after = `&after=${encodeURIComponent(page.next_after)}`;
  }
}

const DEFINE_WITHIN = { timeout: 20_000, interval: 500 };

async function define(name: string, order: string): Promise<void> {
  const steps = STEPS.map((event) => ({ event }));
  // 503 says that Postgres is slow to answer just now: a client asks again.
  await vi.waitFor(async () => {
    const made = await api.ask('PUT', `${FUNNELS}/${name}`, { body: { windowMs: 2 * HOUR, order, steps } });
    expect([200, 201]).toContain(made.status);
  }, DEFINE_WITHIN);
}

const options = (funnel: string, changes: Partial<GeneratedPeople> = {}): GeneratedPeople => ({
  seed: 7,
  count: 1_500,
  funnel,
  version: 1,
  steps: STEPS,
  order: 'ordered',
  fromMs: NOW - 4 * HOUR,
  toMs: NOW,
  windowMs: 2 * HOUR,
  ...changes,
});

describe.each(['ordered', 'any'] as const)('a funnel in order "%s"', (order) => {
  const funnel = `${RUN}-${order}`;
  const rows = generatePeople(options(funnel, { order }));
  const people = standing(rows);
  const [from, to] = [NOW - 3 * HOUR, NOW - HOUR];

  beforeAll(async () => {
    await define(funnel, order);
    // Revisions of one person lie in different inserts, the newer one first.
    await insert(rows.filter((_, i) => i % 2 === 1));
    await insert(rows.filter((_, i) => i % 2 === 0));
    // Another version's people, and another funnel's, are not counted.
    await insert(
      generatePeople(options(funnel, { seed: 8, count: 50, version: 2 })).map((r) => ({
        ...r,
        person: `v2-${r.person}`,
      })),
    );
    await insert(generatePeople(options(`${funnel}-other`, { seed: 9, count: 50 })));
  });

  it('is reported as plain loops over the rows count it', async () => {
    const { as_of } = await get<Report>(`${FUNNELS}/${funnel}/report`);
    const asOf = Date.parse(as_of);
    expect(Math.abs(asOf - Date.now())).toBeLessThan(10 * 60_000);
    const boundary = people.find((r) => r.open_until !== null)?.open_until ?? 0;
    for (const moment of [asOf, NOW - 2 * HOUR, NOW + 5 * HOUR, boundary, boundary + 1])
      expect(await get(`${FUNNELS}/${funnel}/report?as_of=${moment}`)).toMatchObject(
        expected(people, STEPS, order, moment),
      );
    const entered = people.filter((r) => (r.entered_at ?? 0) >= from && (r.entered_at ?? 0) < to);
    expect(entered.length).toBeGreaterThan(100);
    expect(await get(`${FUNNELS}/${funnel}/report?from=${from}&to=${to}&as_of=${NOW}`)).toMatchObject({
      from: new Date(from).toISOString(),
      ...expected(entered, STEPS, order, NOW),
    });
  });

  it('shows for every figure exactly the people it counted', async () => {
    const query = `as_of=${NOW}&from=${from}&to=${to}`;
    const report = await get<Report>(`${FUNNELS}/${funnel}/report?${query}`);
    const bars: [string, string | undefined, number][] = [
      ['reached', undefined, report.entered],
      ['converted', undefined, report.converted],
      ['dropped', undefined, report.dropped],
      ['in_progress', undefined, report.in_progress],
      ...report.steps.flatMap(({ step, reached, dropped, in_progress }): [string, string, number][] => [
        ['reached', step, reached],
        ['converted', step, report.converted],
        ['dropped', step, dropped],
        ['in_progress', step, in_progress],
      ]),
    ];
    const inRange = people.filter((r) => (r.entered_at ?? 0) >= from && (r.entered_at ?? 0) < to);
    for (const [state, step, count] of bars) {
      const at = step === undefined ? '' : `&step=${encodeURIComponent(step)}`;
      const { ids, total } = await everyone(`${FUNNELS}/${funnel}/people?state=${state}${at}&${query}`);
      const behind = inRange.filter((r) => {
        if (state === 'reached') return step === undefined || r.steps.includes(step);
        if (stateOf(r, NOW) !== state) return false;
        return step === undefined || state === 'converted' || lastStepOf(r) === step;
      });
      expect({ state, step, total, ids }).toEqual({
        state,
        step,
        total: count,
        ids: behind.map((r) => r.person).sort(),
      });
    }
  });
});

it('counts by the version in force, from nothing where nobody is in it yet', async () => {
  const funnel = `${RUN}-empty`;
  await define(funnel, 'ordered');
  expect(await get<Report>(`${FUNNELS}/${funnel}/report`)).toMatchObject({
    version: 1,
    entered: 0,
    conversion_rate: null,
    time_to_convert: { median_ms: null, p90_ms: null },
    steps: [{ reached: 0, drop_off: null }, {}, {}, {}],
  });
  await insert(generatePeople(options(funnel, { count: 20, version: 1 })));
  const before = await get<Report>(`${FUNNELS}/${funnel}/report`);
  expect(before.entered).toBeGreaterThan(0);
  const body = { windowMs: HOUR, steps: [{ event: 'a' }, { event: 'b' }] };
  expect((await api.ask('PUT', `${FUNNELS}/${funnel}`, { body })).body).toMatchObject({ version: 2 });
  expect(await get<Report>(`${FUNNELS}/${funnel}/report`)).toMatchObject({ version: 2, entered: 0 });
});

it('knows an answer again until the rows change', async () => {
  const funnel = `${RUN}-cached`;
  await define(funnel, 'ordered');
  const path = `${FUNNELS}/${funnel}/report?as_of=${NOW}`;
  const { etag } = await api.ask('GET', path);
  const again = () => api.ask('GET', path, { headers: { 'if-none-match': etag ?? '' } });
  // Another test's merges may change the tag at any moment, the answer never.
  expect([200, 304]).toContain((await again()).status);
  await insert(generatePeople(options(funnel, { count: 30 })));
  const after = await again();
  expect(after.status).toBe(200);
  expect(after.body['entered']).toBeGreaterThan(0);
});

it.each([
  ['report', 'from=2026-01-02&to=2026-01-01', 422, 'invalid_range'],
  ['report', 'from=then', 400, 'invalid_time'],
  ['report', 'as_of=-1', 400, 'invalid_time'],
  ['report', 'as_of=9e99', 400, 'invalid_time'],
  ['report', 'state=dropped', 400, 'unknown_parameter'],
  ['people', 'state=lost', 400, 'invalid_parameter'],
  ['people', "step=' OR 1=1 --", 400, 'invalid_parameter'],
  ['people', 'step=', 400, 'invalid_parameter'],
  ['people', 'limit=1001', 400, 'invalid_parameter'],
  ['people', 'from=5&to=5', 422, 'invalid_range'],
])('%s?%s is refused', async (what, query, status, code) => {
  const path = `${FUNNELS}/${RUN}-ordered/${what}?${encodeURI(query)}`;
  const answer = await api.ask('GET', path);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

it('is unknown by any other name, and closed to roles that see no people', async () => {
  const odd = encodeURIComponent("x' OR 1=1 --");
  for (const path of [`${FUNNELS}/${odd}/report`, `${FUNNELS}/${odd}/people`, `${FUNNELS}/nobody/report`])
    expect(await api.ask('GET', path)).toMatchObject({ status: 404, body: { code: 'unknown_definition' } });
  for (const what of ['report', 'people'])
    expect(await api.ask('GET', `${FUNNELS}/${RUN}-ordered/${what}`, { role: 'operator' })).toMatchObject({
      status: 403,
    });
});
