import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

/** Times of the product document → the schedule that a job must have. */
const TIMES = {
  'real-time analytics': 'every 15 minutes',
  'weekly reports': 'Mondays at 09:00 UTC',
  'metric calculations': 'every hour',
  'daily aggregations': 'daily at 02:00 UTC',
  'data quality checks': 'every 6 hours',
  'data archiving and clean-up': 'daily at 03:00 UTC',
} as const;

const WITHIN_MS = 30_000;
const DAY_MS = 86_400_000;
const EVENTS = 5;
const REQUESTED_AT_ONCE = 3;

interface Job {
  readonly name: string;
  readonly schedule: string;
  readonly missed: string;
  readonly next_slot_at: string;
  readonly active: boolean;
}

interface Run {
  readonly job: string;
  readonly slot_at: string;
  readonly state: string;
  readonly trigger: string;
  readonly attempts: number;
  readonly result: Readonly<Record<string, unknown>> | null;
}

async function fineprint<T>(context: MissionContext, ...args: string[]): Promise<T> {
  const { code, out, err } = await context.command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

/** Every time of the document has a job that is due then, and the API says the same as the command. */
async function checkTimes(context: MissionContext): Promise<number> {
  const jobs = await context.eventually(WITHIN_MS, async () => {
    const found = await fineprint<Job[]>(context, 'jobs', 'list');
    for (const [what, schedule] of Object.entries(TIMES))
      same(
        `${what}: a job that runs ${schedule}`,
        found.some((j) => j.active && j.schedule === schedule),
        true,
      );
    return found;
  });
  for (const job of jobs.filter((j) => j.active)) {
    const inMs = Date.parse(job.next_slot_at) - Date.now();
    same(`${job.name} has a next slot`, inMs > -60_000 && inMs < 32 * DAY_MS, true);
  }
  const { status, body } = await context.get('/api/v1/jobs');
  same('GET /api/v1/jobs', status, 200);
  const names = (list: readonly { readonly name: string }[]) => list.map((j) => j.name).sort();
  same('jobs of the API', names((body as { jobs: Job[] }).jobs), names(jobs));
  return jobs.length;
}

/** Asked for several times at once, it runs once. */
async function checkOnce(context: MissionContext, job: string, times: number): Promise<Run> {
  const asked = await Promise.all(
    Array.from({ length: times }, () => context.command('jobs', 'run', job, '--json')),
  );
  const runs = asked.filter((a) => a.code === 0).map((a) => JSON.parse(a.out) as Run);
  const slots = new Set(runs.map((r) => r.slot_at));
  const refused = asked.filter((a) => a.err.includes('JOB_REQUESTED')).length;
  same('runs and refusals', slots.size + refused, times);
  const history = await fineprint<Run[]>(context, 'jobs', 'history', '--job', job, '--limit', '1000');
  for (const slot of slots) {
    const found = history.filter((r) => r.slot_at === slot);
    same(
      `runs of ${slot}`,
      found.map((r) => [r.state, r.trigger, r.attempts]),
      [['succeeded', 'manual', 1]],
    );
  }
  const [last] = runs.sort((a, b) => (a.slot_at < b.slot_at ? 1 : -1));
  if (last === undefined) throw new Error('no run was made');
  return last;
}

/** A job's work is seen: events of a day of their own are counted in it. */
async function checkWork(context: MissionContext): Promise<string> {
  const day = Math.floor(Date.now() / DAY_MS) * DAY_MS - (2 + Math.floor(Math.random() * 200)) * DAY_MS;
  const path = `/api/v1/analytics/activity?grain=day&from=${day}&to=${day + DAY_MS}`;
  const before = await eventsOf(context, path);
  const user = `${context.run}-r16`;
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    event_id: randomUUID(),
    event_name: `${context.run} activity`,
    user_id: user,
    timestamp: new Date(day + i * 3_600_000).toISOString(),
  }));
  same('POST events', (await context.post('/api/v1/product/events/batch', events)).status, 202);
  await context.eventually(WITHIN_MS, async () => {
    const [row] = await context.sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE user_id = {user:String}',
      { user },
    );
    same('events stored', row?.n, EVENTS);
  });
  await checkOnce(context, 'activity-days', REQUESTED_AT_ONCE);
  const stored = await context.sql<{ n: number }>(
    `SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE toDate(event_time) = toDate({day:DateTime64(3)})`,
    { day: day / 1_000 },
  );
  await context.eventually(WITHIN_MS, async () => {
    const after = await eventsOf(context, path);
    same('events of the day', after, stored[0]?.n);
    if (after < before + EVENTS) throw new Error(`${after} events, expected ${EVENTS} more than ${before}`);
  });
  return new Date(day).toISOString().slice(0, 10);
}

async function eventsOf({ get }: MissionContext, path: string): Promise<number> {
  const { status, body } = await get(path);
  same('GET activity', status, 200);
  return (body as { windows: { events: number }[] }).windows.reduce((sum, w) => sum + w.events, 0);
}

export const schedules: MissionRow = {
  row: 16,
  name: 'Schedules',
  async check(context) {
    const jobs = await checkTimes(context);
    const day = await checkWork(context);
    const retention = await checkOnce(context, 'data-retention', 1);
    const unknown = await context.command('jobs', 'run', `${context.run}-none`);
    same('a job that is not there', [unknown.code, unknown.err.includes('JOB_UNKNOWN')], [1, true]);
    return `${jobs} jobs at the document's times (${Object.values(TIMES).join(', ')}); asked for ${REQUESTED_AT_ONCE} times at once each ran once at a time; late events of ${day} counted by activity-days; clean-up done (${JSON.stringify(retention.result)})`;
  },
};
