import { randomUUID } from 'node:crypto';
import { DEFAULT_CONVENTION } from '@fineprint/business-metrics';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobPorts } from '../ports.ts';
import { keepForever } from '../testing/keep-forever.ts';
import { unclaimedRun } from '../testing/unclaimed-run.ts';
import { openWarehouse, type Warehouse } from '../warehouse.ts';
import { activityDays } from './activity-days.ts';
import { activityQuarterHours } from './activity-quarter-hours.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Nobody else's events are of this day. */
const DAY = Date.UTC(1998, 3, 1);
const PERSON = randomUUID();
const never = new AbortController().signal;

let pool: Pool;
let warehouse: Warehouse;
let ports: JobPorts;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migratePostgres(endpoints.databaseUrl);
  await migrateClickHouse({ url, username, password });
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  warehouse = openWarehouse({ url, username, password });
  ports = {
    warehouse,
    reader: warehouse,
    convention: DEFAULT_CONVENTION,
    retentionDays: 36_500,
    historyDays: 90,
    ...keepForever,
    qualityRulesFile: undefined,
    privacy: null,
  };
});
afterAll(async () => {
  await warehouse?.close();
  await pool?.end();
});

const insert = (table: string, rows: readonly object[]) =>
  warehouse.command(
    `INSERT INTO fineprint.${table} SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow ${rows.map((r) => JSON.stringify(r)).join('\n')}`,
    {},
    never,
  );

let offset = 0;
const row = (atMs: number, change: object = {}) => ({
  event_id: randomUUID(),
  event_time: new Date(DAY + atMs).toISOString(),
  received_at: new Date().toISOString(),
  _topic: 'jobs-itest',
  _offset: offset++,
  ...change,
});
const event = (minute: number, change: object = {}) =>
  row(minute * MINUTE_MS, { kind: 'track', event_name: 'x', user_id: PERSON, session_id: 's1', ...change });
const request = (minute: number, change: object = {}) =>
  row(minute * MINUTE_MS, { model_name: 'm', success: true, total_tokens: 100, user_id: PERSON, ...change });

const figures = (view: string) =>
  warehouse.rows<Record<string, unknown>>(
    `SELECT toUnixTimestamp64Milli(window_start) AS at, events, events_by_kind, people, sessions, ai_requests, ai_errors, ai_tokens, ai_people
     FROM fineprint.${view} WHERE toDate(window_start) = toDate({day:DateTime64(3)}) ORDER BY at`,
    { day: DAY / 1_000 },
    never,
  );
const quarters = (nowMs: number) =>
  activityQuarterHours.run(ports, unclaimedRun(pool, `itest-${randomUUID()}`, nowMs, nowMs));
const days = (nowMs: number) =>
  activityDays.run(ports, unclaimedRun(pool, `itest-${randomUUID()}`, nowMs, nowMs));

it('counts quarters of an hour and days; what comes late is counted too, and a repeat changes nothing', async () => {
  const now = Date.now();
  await insert('product_events', [
    event(0),
    event(14, { user_id: null, anonymous_id: `a-${PERSON}`, session_id: null }),
    event(15, { kind: 'conversion' }),
    event(16, { session_id: 's2' }),
  ]);
  await insert('ai_requests', [request(16), request(20, { success: false }), request(31)]);
  await quarters(now);
  const first = {
    events: 2,
    events_by_kind: { track: 2 },
    people: 2,
    sessions: 1,
    ai_requests: 0,
    ai_errors: 0,
    ai_tokens: 0,
    ai_people: 0,
  };
  const second = {
    events: 2,
    events_by_kind: { conversion: 1, track: 1 },
    people: 1,
    sessions: 2,
    ai_requests: 2,
    ai_errors: 1,
    ai_tokens: 200,
    ai_people: 1,
  };
  const third = {
    events: 0,
    events_by_kind: {},
    people: 0,
    sessions: 0,
    ai_requests: 1,
    ai_errors: 0,
    ai_tokens: 100,
    ai_people: 1,
  };
  const at = (quarter: number) => DAY + quarter * 15 * MINUTE_MS;
  const expected = [first, second, third].map((f, i) => ({ at: at(i), ...f }));
  expect(await figures('activity_quarter_hours')).toEqual(expected);
  await quarters(now + 1);
  expect(await figures('activity_quarter_hours')).toEqual(expected);
  expect(await days(now)).toMatchObject({ mended_days: 0 });
  const day = {
    events: 4,
    events_by_kind: { conversion: 1, track: 3 },
    people: 2,
    sessions: 2,
    ai_requests: 3,
    ai_errors: 1,
    ai_tokens: 300,
    ai_people: 1,
  };
  expect(await figures('activity_days')).toEqual([{ at: DAY, ...day }]);

  // Late, and seen by the daily run first: it mends the quarter too.
  await insert('product_events', [event(1_439, { kind: 'page_view' })]);
  expect(await days(now + 2)).toMatchObject({ mended_days: 1 });
  expect((await figures('activity_days'))[0]).toMatchObject({
    events: 5,
    events_by_kind: { conversion: 1, page_view: 1, track: 3 },
  });
  expect((await figures('activity_quarter_hours')).map((f) => [f['at'], f['events']])).toEqual([
    [at(0), 2],
    [at(1), 2],
    [at(2), 0],
    [at(95), 1],
  ]);
  // A run that was claimed earlier and comes later does not win.
  await warehouse.command(
    `INSERT INTO fineprint.activity (grain, window_start, computed_at, events) VALUES ('day', fromUnixTimestamp64Milli({day:Int64}), fromUnixTimestamp64Milli({at:Int64}), 99)`,
    { day: DAY, at: now + 1 },
    never,
  );
  expect((await figures('activity_days'))[0]).toMatchObject({ events: 5 });
});

it('leaves out windows that are not over, and those whose events may have expired', async () => {
  const within = { ...ports, retentionDays: 10 };
  const slot = DAY + 40 * DAY_MS;
  await insert('product_events', [event(40 * 1_440 - 7), event(35 * 1_440), event(20 * 1_440)]);
  const run = unclaimedRun(pool, `itest-${randomUUID()}`, slot - 10 * MINUTE_MS);
  expect(await activityQuarterHours.run(within, run)).toEqual({ windows: 1 });
});
