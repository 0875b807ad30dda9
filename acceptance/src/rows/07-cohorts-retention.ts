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

const SEED = 7;
const WEEKS = 8;
const MONTHS = 4;
const VIEWS = 15;
const LIVE_WITHIN_MS = 60_000;

const mondayOf = (timeMs: number): number => {
  const day = Math.floor(timeMs / DAY_MS);
  return day - ((new Date(day * DAY_MS).getUTCDay() + 6) % 7);
};
const monthOf = (timeMs: number): number =>
  new Date(timeMs).getUTCFullYear() * 12 + new Date(timeMs).getUTCMonth();
const dateOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Week of the first home → who came back to the catalog in which weeks; counted plainly from the file. */
function expectedRetention(clicks: readonly Click[], start: string, back: string, unbounded: boolean) {
  const cohorts = new Map<number, Set<number>[]>();
  for (const own of byUser(clicks).values()) {
    const starts = own.filter(({ name }) => name === start).map(({ timeMs }) => timeMs);
    if (starts.length === 0) continue;
    const first = Math.min(...starts);
    const weeks = own
      .filter(({ name, timeMs }) => name === back && timeMs >= first)
      .map(({ timeMs }) => (mondayOf(timeMs) - mondayOf(first)) / 7);
    const members = cohorts.get(mondayOf(first)) ?? [];
    members.push(new Set(weeks));
    cohorts.set(mondayOf(first), members);
  }
  return [...cohorts]
    .sort(([a], [b]) => a - b)
    .map(([monday, members]) => [
      dateOf(monday),
      members.length,
      Array.from({ length: WEEKS + 1 }, (_, week) => {
        if ((monday + 7 * week) * DAY_MS > AS_OF_MS) return null;
        return members.filter((weeks) => [...weeks].some((w) => w === week || (unbounded && w > week)))
          .length;
      }),
    ]);
}

async function checkRetention(
  context: MissionContext,
  clicks: readonly Click[],
  run: string,
): Promise<number> {
  interface Answer {
    readonly cohorts: readonly { cohort: string; size: number; cells: ({ users: number } | null)[] }[];
  }
  const [start, back] = [`${run} home`, `${run} catalog`];
  let cells = 0;
  for (const mode of ['n_day', 'unbounded'] as const) {
    const { cohorts } = await ask<Answer>(context, 'retention', {
      period: 'week',
      periods: WEEKS,
      mode,
      start_event: start,
      return_event: back,
      from: '2024-01-01',
      as_of: AS_OF_MS,
    });
    const found = cohorts.map((row) => [row.cohort, row.size, row.cells.map((cell) => cell?.users ?? null)]);
    same(`${mode} retention`, found, expectedRetention(clicks, start, back, mode === 'unbounded'));
    cells += cohorts.length * (WEEKS + 1);
  }
  return cells;
}

/** Month of the first home → cents by month since then. */
function expectedValue(clicks: readonly Click[], start: string) {
  const cohorts = new Map<number, { size: number; cents: number[] }>();
  for (const own of byUser(clicks).values()) {
    const starts = own.filter(({ name }) => name === start).map(({ timeMs }) => timeMs);
    if (starts.length === 0) continue;
    const first = Math.min(...starts);
    const cohort = cohorts.get(monthOf(first)) ?? { size: 0, cents: Array<number>(MONTHS + 1).fill(0) };
    cohort.size++;
    for (const { cents, timeMs } of own) {
      const month = monthOf(timeMs) - monthOf(first);
      if (cents !== null && timeMs >= first && month <= MONTHS)
        cohort.cents[month] = (cohort.cents[month] ?? 0) + cents;
    }
    cohorts.set(monthOf(first), cohort);
  }
  return [...cohorts]
    .sort(([a], [b]) => a - b)
    .map(([month, { size, cents }]) => {
      const begun = cents.filter((_, i) => month + i <= monthOf(AS_OF_MS));
      return [size, begun.map((sum) => sum / 100)];
    });
}

async function checkValue(context: MissionContext, clicks: readonly Click[], run: string): Promise<number> {
  interface Answer {
    readonly cohorts: readonly { size: number; values: { by_period: ({ amount: number } | null)[] }[] }[];
  }
  const { cohorts } = await ask<Answer>(context, 'lifetime-value', {
    period: 'month',
    periods: MONTHS,
    start_event: `${run} home`,
    currency: 'USD',
    from: '2024-01-01',
    as_of: AS_OF_MS,
  });
  const found = cohorts.map(({ size, values }) => [
    size,
    (values[0]?.by_period ?? []).flatMap((value) => (value === null ? [] : [value.amount])),
  ]);
  same('lifetime value', found, expectedValue(clicks, `${run} home`));
  return cohorts.length;
}

/** People of so many product views; the one that made them members is when they joined. */
function expectedMembers(clicks: readonly Click[], event: string): [string, number][] {
  return [...byUser(clicks)].flatMap(([user, own]): [string, number][] => {
    const views = own.filter(({ name }) => name === event).map(({ timeMs }) => timeMs);
    const since = views.sort((a, b) => a - b)[VIEWS - 1];
    return since === undefined ? [] : [[`u:${user}`, since]];
  });
}

/** Defined over HTTP; counted live from the stream, published to cohort.membership, and loaded from there. */
async function checkMembership(
  context: MissionContext,
  clicks: readonly Click[],
  run: string,
): Promise<number> {
  const event = `${run} product_view`;
  const members = async (expected: readonly [string, number][]) => {
    const rows = await context.sql<{ person: string; since: string }>(
      'SELECT person, toUnixTimestamp64Milli(assumeNotNull(since)) AS since FROM fineprint.cohort_members WHERE cohort = {run:String} ORDER BY person',
      { run },
    );
    const found = rows.map(({ person, since }) => [person, Number(since)]);
    same(
      'members',
      found,
      [...expected].sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  };
  const expected = expectedMembers(clicks, event);
  await context.eventually(LIVE_WITHIN_MS, () => members(expected));
  const user = `${run}-newcomer`;
  const timeMs = Math.floor(Date.now() / 1_000) * 1_000;
  const views = Array.from({ length: VIEWS }, () => ({
    event_id: randomUUID(),
    kind: 'track',
    event_name: event,
    user_id: user,
    event_time: new Date(timeMs).toISOString(),
  }));
  same('POST events', (await context.post('/api/v1/product/events/batch', views)).status, 202);
  await context.eventually(LIVE_WITHIN_MS, () => members([...expected, [`u:${user}`, timeMs]]));
  return expected.length;
}

export const cohortsRetention: MissionRow = {
  row: 7,
  name: 'Cohorts and retention',
  async check(context) {
    const run = `${context.run}-r7`;
    const rule = { type: 'event', event: `${run} product_view`, atLeast: VIEWS };
    same('PUT cohort', (await context.put(`/api/v1/analytics/cohorts/${run}`, { rule })).status, 201);
    const clicks = readClicks(run);
    await sendClicks(context, clicks, SEED);
    await storedClicks(context, run, clicks.length + conversionsOf(clicks).length);
    const cells = await checkRetention(context, clicks, run);
    const cohorts = await checkValue(context, clicks, run);
    const members = await checkMembership(context, clicks, run);
    return `${clicks.length} events of the real clickstream, shuffled and a fifth twice: ${cells} cells of weekly retention and the lifetime value of ${cohorts} monthly cohorts as counted from the file; ${members} live members of a cohort, each since the right event, and one more live`;
  },
};
