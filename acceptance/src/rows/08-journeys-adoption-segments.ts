import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import {
  AS_OF_MS,
  ask,
  byUser,
  type Click,
  conversionsOf,
  DAY_MS,
  readClicks,
  sendClicks,
  storedClicks,
} from './clickstream.ts';

const SEED = 8;
const GAP_MS = 30 * 60_000;
const STEPS = 5;
const TOP = 10;
/** Figures are counted again every 15 s. */
const LIVE_WITHIN_MS = 60_000;
const VIEWS = 15;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  return (low + high) / 2;
};

/** What each person did, with the conversions that purchases are also sent as. */
function timelines(clicks: readonly Click[]): { timeMs: number; id: string; name: string }[][] {
  return [...byUser(clicks).values()].map((own) =>
    own
      .flatMap(({ timeMs, eventId, name, cents }) => [
        { timeMs, id: eventId, name },
        ...(cents === null ? [] : [{ timeMs, id: `${eventId.slice(0, 9)}1`, name: 'conversion' }]),
      ])
      .sort((a, b) => a.timeMs - b.timeMs || (a.id < b.id ? -1 : 1)),
  );
}

function expectedPaths(clicks: readonly Click[], anchor: string) {
  const counts = new Map<string, number>();
  for (const events of timelines(clicks)) {
    let path: string[] = [];
    let beforeMs = Number.NEGATIVE_INFINITY;
    const end = () => {
      if (path.length > 0) counts.set(JSON.stringify(path), (counts.get(JSON.stringify(path)) ?? 0) + 1);
      path = [];
    };
    for (const { timeMs, name } of events) {
      if (timeMs - beforeMs > GAP_MS) end();
      beforeMs = timeMs;
      if ((path.length > 0 || name === anchor) && path.at(-1) !== name && path.length < STEPS)
        path.push(name);
    }
    end();
  }
  const ranked = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    sessions: ranked.reduce((sum, [, n]) => sum + n, 0),
    paths: ranked.slice(0, TOP).map(([path, sessions]) => ({ steps: JSON.parse(path), sessions })),
    others: ranked.slice(TOP).reduce((sum, [, n]) => sum + n, 0),
  };
}

async function checkJourneys(
  context: MissionContext,
  clicks: readonly Click[],
  run: string,
): Promise<number> {
  interface Answer {
    readonly sessions: number;
    readonly paths: readonly object[];
    readonly other_paths: { readonly sessions: number };
  }
  const event = `${run} home`;
  const range = { from: '2024-01-01', to: AS_OF_MS };
  const found = await ask<Answer>(context, 'journeys', { ...range, event, steps: STEPS, limit: TOP });
  const { sessions, paths, other_paths } = found;
  same('journeys', { sessions, paths, others: other_paths.sessions }, expectedPaths(clicks, event));
  return sessions;
}

async function checkAdoption(
  context: MissionContext,
  clicks: readonly Click[],
  run: string,
): Promise<number> {
  const event = `${run} wishlist_add`;
  const range = { from: '2024-01-01', to: AS_OF_MS };
  const found = await ask<Record<string, number>>(context, 'adoption', { ...range, event });
  const users = [...byUser(clicks).values()];
  const uses = users.map((own) => own.filter(({ name }) => name === event)).filter((own) => own.length > 0);
  const delays = users.flatMap((own) => {
    const used = own.filter(({ name }) => name === event).map(({ timeMs }) => timeMs);
    return used.length === 0 ? [] : [Math.min(...used) - Math.min(...own.map(({ timeMs }) => timeMs))];
  });
  same(
    'adoption',
    [found['adopters'], found['uses'], found['frequency_median'], found['time_to_first_use_median_ms']],
    [uses.length, uses.flat().length, median(uses.map((own) => own.length)), median(delays)],
  );
  return uses.length;
}

async function checkStickiness(
  context: MissionContext,
  clicks: readonly Click[],
  run: string,
): Promise<number> {
  const event = `${run} product_view`;
  const [first, end] = [Date.UTC(2024, 2, 1) / DAY_MS, Date.UTC(2024, 5, 1) / DAY_MS];
  const range = { from: first * DAY_MS, to: end * DAY_MS };
  const { days } = await ask<{ days: { dau: number; wau: number; mau: number }[] }>(context, 'stickiness', {
    ...range,
    event,
  });
  const active = [...byUser(clicks).values()].map((own) =>
    own.filter(({ name }) => name === event).map(({ timeMs }) => Math.floor(timeMs / DAY_MS)),
  );
  const count = (day: number, span: number) =>
    active.filter((own) => own.some((d) => d <= day && d > day - span)).length;
  const expected = Array.from({ length: end - first }, (_, i) =>
    [1, 7, 30].map((span) => count(first + i, span)),
  );
  same(
    'stickiness',
    days.map(({ dau, wau, mau }) => [dau, wau, mau]),
    expected,
  );
  return days.length;
}

/** People of many product views, with the figures of the document's columns. */
async function checkSegment(context: MissionContext, clicks: readonly Click[], run: string): Promise<number> {
  const event = `${run} product_view`;
  const path = `/api/v1/analytics/segments/${run}`;
  const rule = { type: 'event_count', event, op: 'gte', count: VIEWS };
  same('PUT segment', (await context.put(path, { description: 'mission', rule })).status, 201);
  const members = [...byUser(clicks)].filter(
    ([, own]) => own.filter(({ name }) => name === event).length >= VIEWS,
  );
  const buyers = members.filter(([, own]) => conversionsOf(own).length > 0);
  const cents = members.flatMap(([, own]) => own).reduce((sum, click) => sum + (click.cents ?? 0), 0);
  const figures = (count: number, average: number, gone: number) => async () => {
    const { body } = await context.get(`${path}/figures`);
    const { state, user_count, avg_lifetime_value, conversion_rate, churn_rate } = body as Record<
      string,
      unknown
    >;
    const expected = ['ready', count, average, buyers.length / count, gone / count];
    same(
      'segment',
      [state, user_count, Number(Number(avg_lifetime_value).toFixed(6)), conversion_rate, churn_rate],
      expected,
    );
  };
  const average = (count: number) => Number((cents / 100 / count).toFixed(6));
  const size = members.length;
  // Everything in the file is years old: everybody has gone.
  await context.eventually(LIVE_WITHIN_MS, figures(size, average(size), size));
  const { body } = await context.get(`${path}/members?limit=1000`);
  const people = (body as { members: { person: string }[] }).members.map(({ person }) => person);
  same('members', people, members.map(([user]) => `u:${user}`).sort());
  // Somebody joins now.
  const user_id = `${run}-newcomer`;
  const views = Array.from({ length: VIEWS }, () => ({
    event_id: randomUUID(),
    kind: 'track',
    event_name: event,
    user_id,
  }));
  same('POST events', (await context.post('/api/v1/product/events/batch', views)).status, 202);
  await context.eventually(LIVE_WITHIN_MS, figures(size + 1, average(size + 1), size));
  return size;
}

async function checkChurn(context: MissionContext, clicks: readonly Click[], run: string): Promise<string> {
  const event = `${run} catalog`;
  const [end, horizon] = [Date.UTC(2024, 5, 1), 30];
  const split = end - horizon * DAY_MS;
  interface Answer {
    readonly back_test: { users: number; churn_rate: number; better_than_average: boolean };
    readonly at_risk: readonly object[] | null;
  }
  const asked = { as_of: end, horizon_days: horizon };
  const { back_test, at_risk } = await ask<Answer>(context, 'churn', { ...asked, event });
  const visits = [...byUser(clicks).values()].map((own) =>
    own.filter((click) => click.name === event && click.timeMs < end),
  );
  const known = visits.filter((own) => own.some(({ timeMs }) => timeMs < split));
  const left = known.filter((own) => own.every(({ timeMs }) => timeMs < split));
  same(
    'churn back-test',
    [back_test.users, back_test.churn_rate],
    [known.length, left.length / known.length],
  );
  same('single risks are shown', at_risk !== null, back_test.better_than_average);
  const nobody = await ask<{ state: string; at_risk: unknown }>(context, 'churn', {
    ...asked,
    event: `${run} never`,
  });
  same('churn of nobody', [nobody.state, nobody.at_risk], ['not_enough_data', null]);
  return back_test.better_than_average
    ? 'single risks shown'
    : 'single risks withheld, as the past does not tell them';
}

export const journeysAdoptionSegments: MissionRow = {
  row: 8,
  name: 'Journeys, adoption, segments',
  async check(context) {
    const run = `${context.run}-r8`;
    const clicks = readClicks(run);
    await sendClicks(context, clicks, SEED);
    await storedClicks(context, run, clicks.length + conversionsOf(clicks).length);
    const sessions = await checkJourneys(context, clicks, run);
    const adopters = await checkAdoption(context, clicks, run);
    const days = await checkStickiness(context, clicks, run);
    const churn = await checkChurn(context, clicks, run);
    const members = await checkSegment(context, clicks, run);
    return `real clickstream: paths of ${sessions} sessions, adoption by ${adopters}, active people of ${days} days as counted from the file; segment of ${members} with value, conversion and churn, one more live; churn model back-tested (${churn})`;
  },
};
