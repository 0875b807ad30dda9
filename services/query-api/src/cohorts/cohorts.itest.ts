import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealApi, startRealApi } from '../testing/real-api.ts';

const RUN = randomUUID().slice(0, 8);
const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 0, 1);
/** Of Kafka; no other test writes it. */
const PARTITION = 2_000_000 + Math.floor(Math.random() * 1e6);
const COHORTS = '/api/v1/analytics/cohorts';
const NAME = `${RUN}-sharers`;

interface Member {
  readonly person: string;
  readonly member: boolean;
  readonly sinceMs: number | null;
  readonly revision: number;
  readonly merged?: string;
  readonly version?: number;
}

/** Members of ten days, without a day, gone, come back, of another person now, and of another version. */
const members: Member[] = Array.from({ length: 400 }, (_, i) => ({
  person: `u:${String(i).padStart(4, '0')}`,
  member: i % 7 !== 0,
  sinceMs: i % 11 === 0 ? null : FIRST + (i % 10) * DAY + i,
  revision: 5,
}));
const earlier: Member[] = members.map((m) => ({ ...m, member: !m.member, sinceMs: FIRST, revision: 4 }));
const others: Member[] = [
  { person: 'a:gone', member: false, sinceMs: null, revision: 6, merged: 'u:0001' },
  { person: 'u:of-version-2', member: true, sinceMs: FIRST, revision: 6, version: 2 },
];
const now = members.filter((m) => m.member);

let api: RealApi;
beforeAll(async () => {
  api = await startRealApi();
  await api.ask('PUT', `${COHORTS}/${NAME}`, { body: { rule: { type: 'event', event: 'report_shared' } } });
  for (const rows of [members, earlier, others])
    await api.clickhouse.insert({
      table: 'fineprint.cohort_membership',
      format: 'JSONEachRow',
      values: rows.map((m, i) => ({
        person: m.person,
        cohort: NAME,
        definition_version: m.version ?? 1,
        revision: m.revision,
        member: m.member,
        since: m.member && m.sinceMs !== null ? timeOf(m.sinceMs) : null,
        merged_into: m.merged ?? null,
        updated_at: timeOf(FIRST),
        received_at: timeOf(FIRST),
        _partition: PARTITION,
        _offset: i,
        _source_offset: -1,
      })),
    });
});
afterAll(() => api?.close());

const timeOf = (ms: number) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
const get = async (path: string) => (await api.ask('GET', `${COHORTS}/${NAME}/${path}`)).body;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

it('reports its size by the day since which people are members', async () => {
  const byDay = new Map<string, number>();
  for (const { sinceMs } of now)
    if (sinceMs !== null) byDay.set(dayOf(sinceMs), (byDay.get(dayOf(sinceMs)) ?? 0) + 1);
  const days = [...byDay].map(([day, n]) => ({ day, members: n })).sort((a, b) => (a.day < b.day ? 1 : -1));
  const whole = {
    cohort: NAME,
    version: 1,
    size: now.length,
    without_day: now.filter((m) => m.sinceMs === null).length,
  };
  expect(days).toHaveLength(10);
  expect(await get('report')).toEqual({ ...whole, earlier: 0, by_day: days });
  expect(await get('report?days=3')).toEqual({
    ...whole,
    earlier: days.slice(3).reduce((sum, d) => sum + d.members, 0),
    by_day: days.slice(0, 3),
  });
});

it('lists its members, over pages, and those behind a day', async () => {
  const read = async (query: string) => {
    const found: { person: string; since: string | null }[] = [];
    let total: unknown;
    for (let after = ''; ; ) {
      const page = await get(`members?limit=90${query}${after}`);
      total = page['total'];
      found.push(...(page['members'] as typeof found));
      if (page['next_after'] === null) return { total, found };
      after = `&after=${encodeURIComponent(String(page['next_after']))}`;
    }
  };
  const shown = (list: readonly Member[]) => ({
    total: list.length,
    found: list.map((m) => ({
      person: m.person,
      since: m.sinceMs === null ? null : new Date(m.sinceMs).toISOString(),
    })),
  });
  expect(await read('')).toEqual(shown(now));
  const long = encodeURIComponent(`u:${'€'.repeat(255)}`);
  expect((await api.ask('GET', `${COHORTS}/${NAME}/members?after=${long}`)).status).toBe(200);
  const [from, to] = [FIRST + 2 * DAY, FIRST + 3 * DAY];
  const thatDay = now.filter((m) => m.sinceMs !== null && m.sinceMs >= from && m.sinceMs < to);
  expect(await read(`&from=${from}&to=${to}`)).toEqual(shown(thatDay));
});

it('counts nobody by a version that has just come into force', async () => {
  const name = `${RUN}-new`;
  await api.ask('PUT', `${COHORTS}/${name}`, { body: { rule: { type: 'event', event: 'x' } } });
  expect((await api.ask('GET', `${COHORTS}/${name}/report`)).body).toMatchObject({
    size: 0,
    without_day: 0,
    earlier: 0,
    by_day: [],
  });
});

it.each([
  ['report?days=0', 400, 'invalid_parameter'],
  ['report?days=99999', 400, 'invalid_parameter'],
  ['report?from=1', 400, 'unknown_parameter'],
  ['members?limit=0', 400, 'invalid_parameter'],
  ['members?from=x', 400, 'invalid_time'],
  ['members?from=2&to=1', 422, 'invalid_range'],
])('%s is refused', async (path, status, code) => {
  const answer = await api.ask('GET', `${COHORTS}/${NAME}/${path}`);
  expect([answer.status, answer.body['code']]).toEqual([status, code]);
});

it('is unknown by any other name, and closed to operators', async () => {
  for (const what of ['report', 'members']) {
    expect(await api.ask('GET', `${COHORTS}/${encodeURIComponent("' OR 1=1")}/${what}`)).toMatchObject({
      status: 404,
      body: { code: 'unknown_definition' },
    });
    expect(await api.ask('GET', `${COHORTS}/${NAME}/${what}`, { role: 'operator' })).toMatchObject({
      status: 403,
    });
  }
});
