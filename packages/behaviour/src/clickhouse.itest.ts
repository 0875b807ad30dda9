import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { useTestStack } from '@fineprint/stack/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BehaviourEvent } from './event.ts';
import { applyEvent } from './funnel/apply.ts';
import { type CompiledFunnel, compileFunnel } from './funnel/compile.ts';
import { type FunnelOrder, parseFunnel } from './funnel/definition.ts';
import { createFunnelState, type FunnelState, progressOf } from './funnel/state.ts';
import { retention } from './retention/retention.ts';
import { disturb, sampleEvent, seededRandom } from './testing/events.ts';
import { DAY_MS } from './time.ts';

/** The engines against ClickHouse's own functions, over generated logs, where both mean the same (README). */
const USERS = 5_000;
const NAMES = ['s1', 's2', 's3', 's4', 'other', 'noise'];
const STEPS = NAMES.slice(0, 4);
const WINDOW_MS = 60_000;
const START_MS = Date.UTC(2024, 0, 1);
const limits = { latenessMs: Number.POSITIVE_INFINITY, maxEvents: 1_000 };
const table = `default.behaviour_${randomUUID().replaceAll('-', '')}`;
let client: ClickHouseClient;

/** Coarse times within a few windows: ties, edges and restarts are common. A few users are spread over weeks as well. */
function generate(): BehaviourEvent[] {
  const random = seededRandom(4_242);
  return Array.from({ length: USERS }, (_, user) =>
    Array.from({ length: 1 + Math.floor(random() * 14) }, () => {
      const spread = user % 2 === 0 ? 0 : Math.floor(random() * 21) * DAY_MS;
      return sampleEvent({
        subject: `user-${user}`,
        name: NAMES[Math.floor(random() * NAMES.length)] ?? '',
        timeMs: START_MS + spread + Math.floor(random() * 40) * 5_000,
      });
    }),
  ).flat();
}

const events = generate();
const sent = disturb(events, 99);
/** Every user's events at times of their own, for functions that leave ties open. */
const isFirstAtItsTime = new Set<string>();
const seen = new Set<string>();
for (const { subject, timeMs, eventId } of events) {
  if (!seen.has(`${subject} ${timeMs}`)) isFirstAtItsTime.add(eventId);
  seen.add(`${subject} ${timeMs}`);
}

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const columns = 'id String, user String, name String, ms UInt64, untied UInt8';
  await client.command({
    query: `CREATE TABLE ${table} (${columns}) ENGINE = MergeTree ORDER BY (user, id)`,
  });
  await client.insert({
    table,
    format: 'JSONEachRow',
    values: sent.map(({ eventId: id, subject: user, name, timeMs: ms }) => {
      return { id, user, name, ms, untied: isFirstAtItsTime.has(id) ? 1 : 0 };
    }),
  });
});
afterAll(async () => {
  await client?.command({ query: `DROP TABLE IF EXISTS ${table}` });
  await client?.close();
});

async function rows<T>(query: string): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow' });
  return result.json<T>();
}

function funnelOf(order: FunnelOrder, windowMs: number): CompiledFunnel {
  const steps = STEPS.map((event) => ({ event }));
  const parsed = parseFunnel({ name: 'f', order, windowMs, steps });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileFunnel(parsed.value);
}

function levelsOf(funnel: CompiledFunnel, arriving: readonly BehaviourEvent[]): Map<string, number> {
  const states = new Map<string, FunnelState>();
  for (const event of arriving) {
    const state = states.get(event.subject) ?? createFunnelState(funnel);
    states.set(event.subject, state);
    applyEvent(funnel, state, event, limits);
  }
  return new Map([...states].map(([user, state]) => [user, progressOf(funnel, state, 0).level]));
}

async function clickHouseLevels(level: string, where = '1'): Promise<Map<string, number>> {
  const distinct = `SELECT DISTINCT id, user, name, ms FROM ${table} WHERE ${where}`;
  const query = `SELECT user, toUInt8(${level}) AS level FROM (${distinct}) GROUP BY user`;
  return new Map((await rows<{ user: string; level: number }>(query)).map(({ user, level: n }) => [user, n]));
}

const conditions = STEPS.map((name) => `name = '${name}'`).join(', ');

describe('funnels', () => {
  it('ordered: the level is windowFunnel’s for every user', async () => {
    const ours = levelsOf(funnelOf('ordered', WINDOW_MS), sent);
    const theirs = await clickHouseLevels(`windowFunnel(${WINDOW_MS})(ms, ${conditions})`);
    expect(theirs.size).toBe(USERS);
    expect(new Set(theirs.values())).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Map([...ours].sort())).toEqual(new Map([...theirs].sort()));
  });

  it('strict: the level is the longest sequenceMatch without anything between', async () => {
    const ours = levelsOf(
      funnelOf('strict', 365 * DAY_MS),
      sent.filter((event) => isFirstAtItsTime.has(event.eventId)),
    );
    const match = (length: number) => {
      const pattern = STEPS.slice(0, length)
        .map((_, i) => `(?${i + 1})`)
        .join('');
      return `sequenceMatch('${pattern}')(ms, ${conditions}, name IN ('other', 'noise'))`;
    };
    const longest = `multiIf(${[4, 3, 2].map((n) => `${match(n)}, ${n}`).join(', ')}, countIf(name = 's1') > 0 ? 1 : 0)`;
    const theirs = await clickHouseLevels(longest, 'untied = 1');
    expect(new Set(theirs.values()).size).toBe(5);
    expect(new Map([...ours].sort())).toEqual(new Map([...theirs].sort()));
  });

  it('differ where the README says so', async () => {
    const level = async (call: string, names: string) => {
      const list = [...names].map((name, i) => `(${i}, '${name}')`).join(', ');
      const [row] = await rows<{ n: number }>(
        `SELECT ${call} AS n FROM values('t UInt64, e String', ${list})`,
      );
      return row?.n;
    };
    const logOf = (names: string) =>
      [...names].map((name, timeMs) => sampleEvent({ name, timeMs, subject: 'u' }));
    const ours = (order: FunnelOrder, names: string, steps: readonly object[]) => {
      const parsed = parseFunnel({ name: 'f', order, windowMs: 1_000, steps });
      return parsed.ok ? levelsOf(compileFunnel(parsed.value), logOf(names)).get('u') : undefined;
    };
    // One event is two steps to windowFunnel, and one to us.
    expect(await level(`windowFunnel(1000)(t, e = 'b', e IN ('a', 'b'))`, 'b')).toBe(2);
    expect(ours('ordered', 'b', [{ event: 'b' }, { name: 'any', kind: 'track' }])).toBe(1);
    // strict_order gives up at the first interruption; we let a new first step begin again.
    expect(await level(`windowFunnel(1000, 'strict_order')(t, e = 'a', e = 'b')`, 'axab')).toBe(1);
    expect(ours('strict', 'axab', [{ event: 'a' }, { event: 'b' }])).toBe(2);
  });
});

it('retention by exact day is retention()’s for every cohort', async () => {
  const days = 14;
  const offsets = Array.from({ length: days + 1 }, (_, i) => `d = cohort + ${i}`).join(', ');
  const theirs = await rows<{ cohort: string; size: string; users: string[] }>(`
    SELECT toString(toDate(cohort)) AS cohort, toString(count()) AS size, arrayMap(x -> toString(x), sumForEach(r)) AS users
    FROM (
      SELECT user, cohort, retention(${offsets}) AS r
      FROM (SELECT user, intDiv(ms, ${DAY_MS}) AS d, min(intDiv(ms, ${DAY_MS})) OVER (PARTITION BY user) AS cohort FROM ${table})
      GROUP BY user, cohort
    )
    GROUP BY cohort ORDER BY cohort`);
  const ours = retention(sent, {
    acquired: () => true,
    returned: () => true,
    period: 'day',
    mode: { type: 'n_day', periods: days },
    asOfMs: START_MS + 100 * DAY_MS,
  });
  expect(theirs.length).toBeGreaterThan(10);
  expect(
    ours.map(({ cohort, size, cells }) => ({ cohort, size, users: cells.map((cell) => cell?.users) })),
  ).toEqual(
    theirs.map(({ cohort, size, users }) => ({ cohort, size: Number(size), users: users.map(Number) })),
  );
});
