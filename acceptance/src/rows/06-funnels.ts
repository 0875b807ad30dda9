import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { seeded } from '../random.ts';
import { type FunnelSteps, quantile, type SentEvent, type Standing, standingOf } from './funnel-people.ts';

const SEED = 46;
const PEOPLE = 60;
const SPREAD_MS = 3 * 3_600_000;
const WINDOW_MS = 30 * 60_000;
const SMALL = 10;
const VISIBLE_WITHIN_MS = 60_000;
const BATCH = 200;
const LAG_PROBES = 5;
const ANALYTICS = '/api/v1/analytics';

interface Run {
  readonly context: MissionContext;
  readonly funnel: string;
  readonly rules: FunnelSteps;
  /** Tells open windows from closed ones, whenever it is asked. */
  readonly asOfMs: number;
}

const nameOf = (run: string, what: string) => `${run}-${what}`;

/** What is counted, as the definition below says it. */
function rulesOf(run: string): FunnelSteps {
  const named = (what: string) => (event: SentEvent) => event.event_name === nameOf(run, what);
  const isUpload = named('uploaded');
  return {
    windowMs: WINDOW_MS,
    steps: [
      { name: 'upload', is: (event) => isUpload(event) && event.properties.size >= SMALL },
      { name: 'view', is: named('viewed') },
      { name: 'share', is: named('shared') },
    ],
  };
}

const definitionOf = (run: string) => ({
  windowMs: WINDOW_MS,
  steps: [
    {
      name: 'upload',
      event: nameOf(run, 'uploaded'),
      where: [{ path: 'properties.size', op: 'gte', value: SMALL }],
    },
    { name: 'view', event: nameOf(run, 'viewed') },
    { name: 'share', event: nameOf(run, 'shared') },
  ],
});

/** Events of a few hours, at most one of a person per millisecond. */
function makeEvents(run: string, endMs: number): SentEvent[] {
  const random = seeded(SEED);
  const kinds = ['uploaded', 'uploaded', 'viewed', 'viewed', 'shared', 'noticed'];
  return Array.from({ length: PEOPLE }, (_, i) => {
    const times = new Set(
      Array.from({ length: 2 + Math.floor(random() * 14) }, () => Math.floor(random() * SPREAD_MS)),
    );
    return [...times].map((agoMs) =>
      eventOf(
        run,
        `${run}-user-${i}`,
        kinds[Math.floor(random() * kinds.length)] ?? '',
        endMs - agoMs,
        random() * 40,
      ),
    );
  }).flat();
}

const eventOf = (run: string, user: string, what: string, atMs: number, size: number): SentEvent => ({
  event_id: randomUUID(),
  kind: 'track',
  event_name: nameOf(run, what),
  user_id: user,
  event_time: new Date(atMs).toISOString(),
  properties: { size: Math.floor(size) },
});

/** Shuffled, a fifth of them twice. */
async function send({ post }: MissionContext, events: readonly SentEvent[], seed: number): Promise<void> {
  const random = seeded(seed);
  const repeated = [...events, ...events.filter(() => random() < 0.2)];
  const shuffled = repeated.map((e) => ({ e, at: random() })).sort((a, b) => a.at - b.at);
  for (let from = 0; from < shuffled.length; from += BATCH) {
    const { status } = await post(
      '/api/v1/product/events/batch',
      shuffled.slice(from, from + BATCH).map(({ e }) => e),
    );
    same('POST /api/v1/product/events/batch', status, 202);
  }
}

function standings(events: readonly SentEvent[], rules: FunnelSteps): Map<string, Standing> {
  const byUser = Map.groupBy(events, (e) => e.user_id);
  return new Map(
    [...byUser].flatMap(([user, own]) => {
      const standing = standingOf(own, rules);
      return standing === null ? [] : [[`u:${user}`, standing] as const];
    }),
  );
}

async function read<T>({ get }: MissionContext, address: string): Promise<T> {
  const { status, body } = await get(address);
  same(`GET ${address.split('?')[0]}`, status, 200);
  return body as T;
}

interface Report {
  readonly entered: number;
  readonly converted: number;
  readonly in_progress: number;
  readonly dropped: number;
  readonly time_to_convert: { readonly median_ms: number | null; readonly p90_ms: number | null };
  readonly steps: readonly {
    readonly reached: number;
    readonly dropped: number;
    readonly in_progress: number;
    readonly since_previous: Report['time_to_convert'] | null;
  }[];
}

/** The report, and the people behind each of its figures, against every beginning tried out. */
async function agree({ context, funnel, rules, asOfMs }: Run, events: readonly SentEvent[]): Promise<Report> {
  const people = standings(events, rules);
  const all = [...people.values()];
  const steps = rules.steps.length;
  const stateOf = (s: Standing) =>
    s.level === steps ? 'converted' : s.openUntilMs >= asOfMs ? 'in_progress' : 'dropped';
  const count = (keep: (s: Standing) => boolean) => all.filter(keep).length;
  const durations = (values: readonly number[]) => ({
    median_ms: quantile(values, 0.5),
    p90_ms: quantile(values, 0.9),
  });
  const between = (s: Standing, from: number, to: number) => (s.times[to] ?? 0) - (s.times[from] ?? 0);
  const address = `${ANALYTICS}/funnels/${funnel}`;
  const report = await read<Report>(context, `${address}/report?as_of=${asOfMs}`);
  same('entered', report.entered, all.length);
  for (const state of ['converted', 'in_progress', 'dropped'] as const) {
    same(
      state,
      report[state],
      count((s) => stateOf(s) === state),
    );
    const found = await read<{ total: number; people: { person: string }[] }>(
      context,
      `${address}/people?state=${state}&as_of=${asOfMs}&limit=1000`,
    );
    const expected = [...people].filter(([, s]) => stateOf(s) === state).map(([person]) => person);
    same(
      `people ${state}`,
      found.people.map((p) => p.person),
      expected.sort(),
    );
    same(`total ${state}`, found.total, expected.length);
  }
  same(
    'time to convert',
    report.time_to_convert,
    durations(all.filter((s) => s.level === steps).map((s) => between(s, 0, steps - 1))),
  );
  for (const [i, step] of report.steps.entries()) {
    const stopped = (state: string) => count((s) => s.level === i + 1 && stateOf(s) === state);
    same(
      `step ${i + 1}`,
      [step.reached, step.dropped, step.in_progress],
      [count((s) => s.level > i), stopped('dropped'), stopped('in_progress')],
    );
    if (i > 0)
      same(
        `times of step ${i + 1}`,
        step.since_previous,
        durations(all.filter((s) => s.level > i).map((s) => between(s, i - 1, i))),
      );
  }
  return report;
}

/** One funnel from a file through the command line, the same one over HTTP. */
async function define({ command, put, run }: MissionContext): Promise<readonly [string, string]> {
  const [byFile, byHttp] = [`${run}-by-file`, `${run}-by-http`] as const;
  const file = path.join(os.tmpdir(), `${byFile}.json`);
  writeFileSync(file, JSON.stringify({ name: byFile, ...definitionOf(run) }));
  const { code, err } = await command('funnels', 'apply', file);
  rmSync(file);
  if (code !== 0) throw new Error(`funnels apply: ${err}`);
  const made = await put(`${ANALYTICS}/funnels/${byHttp}`, definitionOf(run));
  same('PUT a funnel', made.status, 201);
  const again = await put(`${ANALYTICS}/funnels/${byHttp}`, definitionOf(run));
  same('PUT it again', again.status, 200);
  const bad = await put(`${ANALYTICS}/funnels/${byHttp}`, { ...definitionOf(run), windowMs: 0 });
  same('PUT a window of 0', [bad.status, (bad.body as { code?: string }).code], [422, 'invalid_body']);
  return [byFile, byHttp];
}

/** The product document's table: one row per person and step reached, and never two. */
async function agreeOnSteps({ context, funnel, rules }: Run, events: readonly SentEvent[]): Promise<number> {
  const expected = [...standings(events, rules)].flatMap(([person, { times }]) =>
    times.map((at, i) => [person.slice(2), rules.steps[i]?.name, i + 1, at]),
  );
  const rows = await context.postgres<{ user: string; step: string; order: number; at: Date }>(
    `SELECT u.external_id AS "user", s.step_name AS step, s.step_order AS "order", s.created_at AS at
     FROM fineprint.funnel_steps s JOIN fineprint.users u ON u.id = s.user_id WHERE s.funnel_name = $1`,
    [funnel],
  );
  const found = rows.map((r) => [r.user, r.step, r.order, r.at.getTime()]);
  const sorted = (list: readonly unknown[][]) => list.map((one) => JSON.stringify(one)).sort();
  same('funnel_steps', sorted(found), sorted(expected));
  const constraints = await context.postgres<{ text: string }>(
    `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
     WHERE conrelid = 'fineprint.funnel_steps'::regclass AND contype = 'u'`,
    [],
  );
  same(
    'UNIQUE',
    constraints.map((c) => c.text),
    ['UNIQUE (user_id, funnel_name, step_name)'],
  );
  return rows.length;
}

/** The topic says of each person what the report says: the highest revision counts. */
async function agreeOnTopic({ context, funnel, rules }: Run, events: readonly SentEvent[]): Promise<void> {
  const { out, code, err } = await context.command(
    'tail',
    'funnel.progress',
    '--from',
    'earliest',
    '--no-follow',
    '--json',
  );
  if (code !== 0) throw new Error(`tail funnel.progress: ${err}`);
  const newest = new Map<string, { revision: number; level: number }>();
  for (const line of out.split('\n').filter((l) => l.includes(funnel))) {
    const { value } = JSON.parse(line) as {
      value: { person: string; funnel: string; revision: number; level: number } | null;
    };
    if (value === null || value.funnel !== funnel) continue;
    if (value.revision > (newest.get(value.person)?.revision ?? -1)) newest.set(value.person, value);
  }
  const levels = [...newest]
    .filter(([, { level }]) => level > 0)
    .map(([person, { level }]) => [person, level]);
  const expected = [...standings(events, rules)].map(([person, { level }]) => [person, level]);
  same('funnel.progress', levels.sort(), expected.sort());
}

/** How long after its 202 an event shows in the live progress of its person. */
async function measureLag({ context, funnel }: Run): Promise<number> {
  const lags: number[] = [];
  for (let i = 0; i < LAG_PROBES; i++) {
    const user = `${context.run}-probe-${i}`;
    await send(context, [eventOf(context.run, user, 'uploaded', Date.now(), SMALL)], SEED);
    const sentAtMs = performance.now();
    await context.eventually(VISIBLE_WITHIN_MS, async () => {
      const address = `/api/v1/product/funnel/${funnel}/progress?user_id=${user}`;
      const { level, status } = await read<{ level: number; status: string }>(context, address);
      same('progress', [level, status], [1, 'in_progress']);
    });
    lags.push(Math.round(performance.now() - sentAtMs));
  }
  return Math.max(...lags);
}

export const funnels: MissionRow = {
  row: 6,
  name: 'Funnels',
  async check(context) {
    const { run } = context;
    const asOfMs = Date.now();
    const names = await define(context);
    const runs = names.map((funnel): Run => ({ context, funnel, rules: rulesOf(run), asOfMs }));
    const events = makeEvents(run, asOfMs - 1_000);
    const random = seeded(SEED + 1);
    const late = events.filter(() => random() < 0.15);
    const inTime = events.filter((e) => !late.includes(e));
    const settled = async (sent: readonly SentEvent[]) => {
      for (const one of runs) await context.eventually(VISIBLE_WITHIN_MS, () => agree(one, sent));
    };
    await send(context, inTime, SEED + 2);
    await settled(inTime);
    await send(context, late, SEED + 3);
    await settled(events);
    // Everything once more, then one new person per partition and more: what they say is seen after the repeats were.
    await send(context, events, SEED + 4);
    const markers = Array.from({ length: 24 }, (_, i) =>
      eventOf(run, `${run}-marker-${i}`, 'uploaded', asOfMs, SMALL),
    );
    await send(context, markers, SEED + 5);
    const all = [...events, ...markers];
    await settled(all);
    let rows = 0;
    for (const one of runs) {
      rows += await context.eventually(VISIBLE_WITHIN_MS, () => agreeOnSteps(one, all));
      await context.eventually(VISIBLE_WITHIN_MS, () => agreeOnTopic(one, all));
    }
    const [first] = runs as [Run];
    const { entered, converted, in_progress, dropped } = await agree(first, all);
    const lagMs = await measureLag(first);
    return `defined by file and over HTTP; ${events.length} events, shuffled, a fifth twice, ${late.length} late, then all again: of ${entered} people ${converted} converted, ${in_progress} in progress, ${dropped} dropped, each figure with its people as counted by trying every beginning; funnel.progress and ${rows} rows of funnel_steps agree; live progress at most ${lagMs} ms behind the 202 of an event`;
  },
};
