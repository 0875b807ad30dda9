import { randomUUID } from 'node:crypto';
import {
  type BehaviourEvent,
  compileSegment,
  parseSegment,
  type SegmentRule,
  segmentFigures,
  type UserFacts,
} from '@fineprint/behaviour';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectWarehouse, type Warehouse } from '../clickhouse/warehouse.ts';
import { createDatabase } from '../postgres/database.ts';
import { randomSource } from '../testing/ai-rows.ts';
import { generateHistory, resolved } from '../testing/behaviour-rows.ts';
import { storeHistory } from '../testing/behaviour-store.ts';
import { type RealApi, startRealApi } from '../testing/real-api.ts';
import { evaluateSegment } from './evaluate.ts';
import { startRefresher } from './refresher.ts';
import { type MemberRow, membersQuestion } from './segment-question.ts';
import { type Claim, claimSegment, saveFigures, syncSegments } from './store.ts';

const RUN = randomUUID().slice(0, 8);
const DAY_MS = 86_400_000;
const DAYS = 90;
const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;
const history = generateHistory({
  run: RUN,
  seed: 11,
  users: 400,
  fromMs: NOW_MS - DAYS * DAY_MS,
  days: DAYS,
});
const events = resolved(history);
const LEVELS = new Map<string, number>();
const COHORT = new Set<string>();
const FUNNEL = `funnel-${RUN}`;
const COHORT_NAME = `cohort-${RUN}`;

let api: RealApi;
let warehouse: Warehouse;

beforeAll(async () => {
  api = await startRealApi();
  const { endpoints } = useTestStack();
  const reader = endpoints.clickhouseReader;
  warehouse = connectWarehouse({
    url: endpoints.clickhouseUrl,
    username: reader?.username ?? endpoints.clickhouseUsername,
    password: reader?.password ?? endpoints.clickhousePassword,
    timeoutMs: 30_000,
    maxQueries: 8,
    onDone: () => undefined,
  });
  const partition = 1_600_000_000 + Math.floor(Math.random() * 1e6);
  await storeHistory(api.clickhouse, history, partition);
  await storeStates(partition);
});
afterAll(async () => {
  await warehouse?.close();
  await api?.close();
});

/** As person-builder would have them. */
async function storeStates(partition: number): Promise<void> {
  const people = [...new Set(events.map((event) => event.subject))].sort();
  const now = new Date(NOW_MS).toISOString().slice(0, 23).replace('T', ' ');
  for (const [i, person] of people.entries()) {
    if (i % 3 !== 0) LEVELS.set(person, i % 3);
    if (i % 5 === 0) COHORT.add(person);
  }
  const shared = (i: number) => ({
    definition_version: 1,
    revision: i,
    updated_at: now,
    received_at: now,
    _partition: partition,
    _offset: i,
    _source_offset: i,
  });
  await api.clickhouse.insert({
    table: 'fineprint.funnel_progress',
    values: [...LEVELS].map(([person, level], i) => ({
      ...shared(i),
      person,
      funnel: FUNNEL,
      level,
      step_count: 3,
      exact: true,
    })),
    format: 'JSONEachRow',
  });
  await api.clickhouse.insert({
    table: 'fineprint.cohort_membership',
    values: people.map((person, i) => ({
      ...shared(i),
      person,
      cohort: COHORT_NAME,
      member: COHORT.has(person),
    })),
    format: 'JSONEachRow',
  });
}

function factsOf(person: string, own: readonly BehaviourEvent[]): UserFacts {
  const traits: Record<string, unknown> = {};
  const units = new Map<string, bigint>();
  const ordered = [...own].sort((a, b) => a.timeMs - b.timeMs || (a.eventId < b.eventId ? -1 : 1));
  for (const event of ordered) {
    Object.assign(traits, event.traits ?? {});
    const { conversion_value: value, currency } = event.fields;
    if (event.kind !== 'conversion' || typeof value !== 'number' || !currency) continue;
    units.set(currency, (units.get(currency) ?? 0n) + BigInt(Math.round(value * 1e6)));
  }
  return {
    events: own,
    traits,
    funnelLevels: new Map([[FUNNEL, LEVELS.get(person) ?? 0]]),
    cohorts: new Set(COHORT.has(person) ? [COHORT_NAME] : []),
    lifetimeValues: new Map([...units].map(([currency, sum]) => [currency, Number(sum) / 1e6])),
  };
}

const bySubject = new Map<string, BehaviourEvent[]>();
for (const event of events) bySubject.set(event.subject, [...(bySubject.get(event.subject) ?? []), event]);
/** After the states are stored. */
const people = () => [...bySubject].map(([person, own]) => ({ person, facts: factsOf(person, own) }));

const random = randomSource(99);
const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
const OPS = ['eq', 'gt', 'gte', 'lt', 'lte'] as const;
const VALUES = ['1', 'pro', 'x', '', 1, 2, 3.5, true, false, null] as const;

function randomFilter(paths: readonly string[]): object {
  const path = pick(paths);
  const op = pick(['eq', 'neq', 'in', 'exists', 'gt', 'gte', 'lt', 'lte', 'contains'] as const);
  if (op === 'in') return { path, op, value: [pick(VALUES), pick(VALUES), pick(VALUES)] };
  if (op === 'exists') return { path, op, value: random() < 0.5 };
  if (op === 'eq' || op === 'neq' || op === 'contains') return { path, op, value: pick(VALUES) };
  return { path, op, value: pick([0, 1, 2.5, -3]) };
}

const EVENT_PATHS = [
  'properties.n',
  'properties.deep.list',
  'properties.deep.flag',
  'properties.deep',
  'properties.none.at.all',
  'context.page',
  'conversion_value',
  'currency',
  'feature',
  'source',
  'step_order',
];
const TRAIT_PATHS = ['traits.plan', 'traits.team', 'traits.team.size', 'traits.none'];

function randomTest(): object {
  const selector = {
    ...pick([
      { event: 'view' },
      { kind: 'engagement' },
      { event: 'purchase', kind: 'conversion' },
      { kind: 'track' },
    ]),
    ...(random() < 0.5 ? { where: [randomFilter(EVENT_PATHS)] } : {}),
  };
  switch (pick(['event_count', 'last_seen', 'property', 'funnel', 'cohort', 'lifetime_value'] as const)) {
    case 'event_count':
      return {
        type: 'event_count',
        ...selector,
        op: pick(OPS),
        count: Math.floor(random() * 4),
        ...(random() < 0.5 ? { withinDays: 1 + Math.floor(random() * 60) } : {}),
      };
    case 'last_seen':
      return { type: 'last_seen', ...selector, op: pick(OPS), days: Math.floor(random() * 60) };
    case 'property':
      return { type: 'property', ...randomFilter(TRAIT_PATHS) };
    case 'funnel':
      return { type: 'funnel', funnel: FUNNEL, atLeastStep: 1 + Math.floor(random() * 3) };
    case 'cohort':
      return { type: 'cohort', cohort: COHORT_NAME };
    case 'lifetime_value':
      return {
        type: 'lifetime_value',
        currency: pick(['EUR', 'USD']),
        op: pick(OPS),
        amount: pick([0, 12.5, 50]),
      };
  }
}

function randomRule(depth: number): object {
  if (depth === 0 || random() < 0.3) return randomTest();
  const type = pick(['all', 'any', 'not'] as const);
  const count = type === 'not' ? 1 : 1 + Math.floor(random() * 3);
  return { type, rules: Array.from({ length: count }, () => randomRule(depth - 1)) };
}

function parsed(rule: object): SegmentRule {
  const result = parseSegment({ name: 'x', rule });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.rule;
}

/** Other tests' people share the table; these are ours. */
const isOurs = (person: string) => person.slice(2).startsWith(RUN);

async function membersOf(rule: SegmentRule): Promise<MemberRow[]> {
  const rows = await warehouse.rows<MemberRow>(
    membersQuestion({ rule, currency: 'EUR', nowMs: NOW_MS }, '', 15_000),
  );
  return rows.filter(({ person }) => isOurs(person));
}

describe('a segment in SQL', () => {
  it('has the members that compileSegment says, for 60 random rules', async () => {
    const everybody = people();
    let mixed = 0;
    for (let i = 0; i < 60; i++) {
      const written = randomRule(3);
      const rule = parsed(written);
      const holds = compileSegment(rule);
      const expected = everybody
        .filter(({ facts }) => holds(facts, NOW_MS))
        .map(({ person }) => person)
        .sort();
      const found = await membersOf(rule);
      expect(
        found.map(({ person }) => person),
        JSON.stringify(written),
      ).toEqual(expected);
      if (expected.length > 0 && expected.length < everybody.length) mixed++;
    }
    expect(mixed).toBeGreaterThan(25);
  });

  it('each filter alone, on every kind of value', async () => {
    const everybody = people();
    for (let i = 0; i < 60; i++) {
      const written =
        i % 2 === 0
          ? {
              type: 'event_count',
              kind: pick(['track', 'conversion', 'engagement']),
              where: [randomFilter(EVENT_PATHS)],
              op: 'gte',
              count: 1,
            }
          : { type: 'property', ...randomFilter(TRAIT_PATHS) };
      const rule = parsed(written);
      const holds = compileSegment(rule);
      const expected = everybody.filter(({ facts }) => holds(facts, NOW_MS)).map(({ person }) => person);
      const found = await membersOf(rule);
      expect(
        found.map(({ person }) => person),
        JSON.stringify(written),
      ).toEqual(expected.sort());
    }
  });

  it('has the figures that segmentFigures says, and knows nothing of nobody', async () => {
    const ours = { type: 'event_count', event: 'view', op: 'gte', count: 2 };
    // Only people of this test are in this funnel.
    const written = { type: 'all', rules: [ours, { type: 'funnel', funnel: FUNNEL, atLeastStep: 1 }] };
    const rule = parsed(written);
    const members = people().filter(({ facts }) => compileSegment(rule)(facts, NOW_MS));
    const expected = segmentFigures(
      members.map(({ facts }) => facts),
      'EUR',
      NOW_MS,
    );
    const found = await evaluateSegment(warehouse, { name: 'x', rule: written }, 'EUR', NOW_MS);
    expect(found).toEqual({ ...expected, avgLifetimeValue: found.avgLifetimeValue });
    expect(found.avgLifetimeValue).toBeCloseTo(expected.avgLifetimeValue ?? Number.NaN, 9);
    expect(
      [found.conversionRate, found.churnRate].every((rate) => rate !== null && rate > 0 && rate < 1),
    ).toBe(true);
    const nobody = { name: 'x', rule: { type: 'event_count', event: `none-${RUN}`, op: 'gt', count: 0 } };
    expect(await evaluateSegment(warehouse, nobody, 'EUR', NOW_MS)).toEqual({
      userCount: 0,
      avgLifetimeValue: null,
      conversionRate: null,
      churnRate: null,
    });
  });

  it('keeps values out of the text', () => {
    const evil = `x' OR 1=1 --`;
    const rule = parsed({
      type: 'any',
      rules: [
        {
          type: 'event_count',
          event: evil,
          where: [{ path: `properties.${evil}`, op: 'contains', value: evil }],
          op: 'gt',
          count: 0,
        },
        { type: 'property', path: `traits.${evil}`, op: 'in', value: [evil] },
        { type: 'funnel', funnel: evil },
        { type: 'cohort', cohort: evil },
      ],
    });
    const { query, values } = membersQuestion({ rule, currency: 'EUR', nowMs: NOW_MS }, evil, 10);
    expect(query).not.toContain('OR 1=1');
    expect(Object.values(values).filter((value) => String(value).includes(evil)).length).toBeGreaterThan(6);
  });
});

describe('live segments', () => {
  const name = `active-${RUN}`;
  const path = `/api/v1/analytics/segments/${name}`;
  const put = (rule: object) => api.ask('PUT', path, { body: { description: 'itest', rule } });
  const rule = { type: 'funnel', funnel: FUNNEL, atLeastStep: 2 };
  const setUp = (count: number) => {
    const renewed: number[] = [];
    const errors: unknown[] = [];
    const database = createDatabase(api.pool);
    const refreshers = Array.from({ length: count }, (_, i) =>
      startRefresher({
        database,
        warehouse,
        dataVersion: async () => `v-${RUN}-${moved}`,
        refreshMs: 3_600_000,
        currency: 'EUR',
        nowMs: Date.now,
        onDone: (result) => result === 'renewed' && renewed.push(i),
        onError: (error) => errors.push(error),
      }),
    );
    const passAll = () => Promise.all(refreshers.map((refresher) => refresher.pass()));
    const close = () => Promise.all(refreshers.map((refresher) => refresher.close()));
    return { renewed, errors, passAll, close };
  };
  const moved = 0;

  it('are pending, then counted once by one of three instances, and again when the definition changes', async () => {
    // The service's own refresher may be first; either way each version is counted once.
    expect((await put(rule)).status).toBe(201);
    const before = await api.ask('GET', `${path}/figures`);
    expect(before.body).toMatchObject({ name, version: 1, problem: null });
    const { renewed, errors, passAll, close } = setUp(3);
    await passAll();
    const expected = people().filter(({ facts }) => compileSegment(parsed(rule))(facts, NOW_MS));
    const figures = await vi.waitUntil(
      async () => {
        const { body } = await api.ask('GET', `${path}/figures`);
        return body['state'] === 'ready' && body;
      },
      { timeout: 30_000 },
    );
    expect(figures).toMatchObject({ version: 1, user_count: expected.length, problem: null });
    const { rows } = await api.pool.query(
      'SELECT user_count, conversion_rate::float8 AS rate, criteria, description FROM fineprint.user_segments WHERE name = $1',
      [name],
    );
    expect(rows).toEqual([
      {
        user_count: expected.length,
        rate: Math.round(Number(figures['conversion_rate']) * 1e4) / 1e4,
        criteria: rule,
        description: 'itest',
      },
    ]);
    const counted = renewed.length;
    await passAll();
    expect(renewed.length).toBe(counted);
    const nobody = { type: 'event_count', event: `none-${RUN}`, op: 'gt', count: 0 };
    await put(nobody);
    expect((await api.ask('GET', `${path}/figures`)).body).toMatchObject({
      version: 2,
      as_of: null,
      user_count: null,
    });
    await passAll();
    await vi.waitFor(
      async () =>
        expect((await api.ask('GET', `${path}/figures`)).body).toMatchObject({
          version: 2,
          state: 'ready',
          user_count: 0,
          avg_lifetime_value: null,
          conversion_rate: null,
          churn_rate: null,
        }),
      { timeout: 30_000 },
    );
    expect(errors).toEqual([]);
    await close();
  });

  it('show who belongs, page by page', async () => {
    await put(rule);
    const expected = people()
      .filter(({ facts }) => compileSegment(parsed(rule))(facts, NOW_MS))
      .map(({ person }) => person)
      .sort();
    const found: string[] = [];
    for (let after = ''; ; ) {
      const query = `limit=50${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
      const { status, body } = await api.ask('GET', `${path}/members?${query}`);
      expect(status, JSON.stringify(body)).toBe(200);
      const members = body['members'] as { person: string }[];
      expect(members.length).toBeLessThanOrEqual(50);
      found.push(...members.map(({ person }) => person));
      if (body['next_after'] === null) break;
      after = String(body['next_after']);
    }
    expect(found).toEqual(expected);
  });

  it('are taken over from an instance that was killed, whose late figures then count for nothing', async () => {
    const database = createDatabase(api.pool);
    const own = `taken-${RUN}`;
    await api.ask('PUT', `/api/v1/analytics/segments/${own}`, { body: { rule } });
    await syncSegments(database);
    const { rows } = await api.pool.query('SELECT id FROM fineprint.user_segments WHERE name = $1', [own]);
    const segmentId = (rows as { id: string }[])[0]?.id ?? '';
    // As if somebody had claimed it and died: nobody else may, until the claim ends.
    const dead = randomUUID();
    const claimFor = (end: string) =>
      api.pool.query(
        `UPDATE fineprint.segment_refreshes SET refreshed_at = NULL, definition_version = NULL, as_of = NULL,
          claimed_by = $2, claimed_until = now() + $3::interval WHERE segment_id = $1`,
        [segmentId, dead, end],
      );
    const heir = {
      instance: randomUUID(),
      dataVersion: 'v',
      claimSeconds: 60,
      refreshSeconds: 1e6,
      maxAgeSeconds: 1e9,
    };
    const claimAll = async () => {
      const claims: Claim[] = [];
      for (;;) {
        const claim = await claimSegment(database, heir);
        if (claim === null) return claims;
        claims.push(claim);
      }
    };
    await claimFor('1 hour');
    expect((await claimAll()).map((claim) => claim.segmentId)).not.toContain(segmentId);
    await claimFor('-1 second');
    const claims = await claimAll();
    const claim = claims.find((one) => one.segmentId === segmentId);
    if (claim === undefined) throw new Error('the segment was not claimed');
    const figures = { userCount: 7, avgLifetimeValue: 1e12, conversionRate: 0.5, churnRate: 0 };
    const evaluated = { dataVersion: 'v', asOfMs: NOW_MS, currency: 'EUR', figures };
    await saveFigures(database, claim, heir.instance, evaluated);
    await saveFigures(database, claim, dead, { ...evaluated, figures: { ...figures, userCount: 99 } });
    const found = await api.ask('GET', `/api/v1/analytics/segments/${own}/figures`);
    expect(found.body).toMatchObject({ state: 'ready', user_count: 7, avg_lifetime_value: 1e12 });
    const kept = await api.pool.query(
      'SELECT user_count, avg_lifetime_value FROM fineprint.user_segments WHERE id = $1',
      [segmentId],
    );
    expect(kept.rows).toEqual([{ user_count: 7, avg_lifetime_value: null }]);
    await api.ask('DELETE', `/api/v1/analytics/segments/${own}`);
    await api.pool.query(
      'UPDATE fineprint.segment_refreshes SET claimed_by = NULL, claimed_until = NULL WHERE claimed_by = $1',
      [heir.instance],
    );
  });

  it('say why where a rule is larger than a query may be', async () => {
    const own = `large-${RUN}`;
    const test = (i: number) => ({
      type: 'event_count',
      event: `${i}-${'é'.repeat(200)}`,
      op: 'gt',
      count: 0,
    });
    const large = { type: 'any', rules: Array.from({ length: 60 }, (_, i) => test(i)) };
    expect(
      (await api.ask('PUT', `/api/v1/analytics/segments/${own}`, { body: { rule: large } })).status,
    ).toBe(201);
    const { passAll, close } = setUp(1);
    await passAll();
    await close();
    await vi.waitFor(
      async () =>
        expect((await api.ask('GET', `/api/v1/analytics/segments/${own}/figures`)).body).toMatchObject({
          state: 'failed',
          problem: 'query_too_large',
          as_of: null,
          user_count: null,
        }),
      { timeout: 30_000 },
    );
    const { status, body } = await api.ask('GET', `/api/v1/analytics/segments/${own}/members`);
    expect([status, body['code']]).toEqual([422, 'query_too_large']);
    await api.ask('DELETE', `/api/v1/analytics/segments/${own}`);
  });

  it('are unknown once removed, and never for operators', async () => {
    expect((await api.ask('GET', `${path}/members`, { role: 'operator' })).status).toBe(403);
    expect((await api.ask('GET', `${path}/figures`, { role: 'operator' })).status).toBe(403);
    expect((await api.ask('GET', '/api/v1/analytics/segment-figures', { role: 'operator' })).status).toBe(
      403,
    );
    const list = await api.ask('GET', '/api/v1/analytics/segment-figures?limit=500', { role: 'admin' });
    expect((list.body['segments'] as { name: string }[]).map((segment) => segment.name)).toContain(name);
    await api.ask('DELETE', path);
    for (const end of ['members', 'figures']) {
      const { status, body } = await api.ask('GET', `${path}/${end}`);
      expect([status, body['code']]).toEqual([404, 'unknown_definition']);
    }
    const { passAll, close } = setUp(1);
    await passAll();
    await close();
    const { rows } = await api.pool.query('SELECT FROM fineprint.user_segments WHERE name = $1', [name]);
    expect(rows).toEqual([]);
  });

  it.each([
    ['segment-figures?limit=0', 'invalid_parameter'],
    ['segment-figures?limit=501', 'invalid_parameter'],
    [`segments/${name}/members?limit=1001`, 'invalid_parameter'],
    [`segments/${name}/members?after=`, 'invalid_parameter'],
    [`segments/${name}/members?limit=5;DROP`, 'invalid_parameter'],
    [`segments/${name}/members?rule=1`, 'unknown_parameter'],
    [`segments/${name}/figures?x=1`, 'unknown_parameter'],
    [`segments/${'x'.repeat(201)}/figures`, 'invalid_parameter'],
  ])('%s', async (bad, code) => {
    const { status, body } = await api.ask('GET', `/api/v1/analytics/${bad}`);
    expect([status, body['code']]).toEqual([400, code]);
  });
});
