import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const WITHIN_MS = 30_000;
const KINDS = ['completeness', 'validity', 'uniqueness', 'timeliness', 'volume'];
const SCHEDULE = 'every 6 hours';
const RULE = 'ai-requests.tokens-are-counts';
/** More than the rule takes for possible. */
const TOKENS = 200_000_000;
const SAMPLES = 10;

interface Result {
  readonly rule: string;
  readonly kind: string;
  readonly status: string;
  readonly bad_rows: number;
  readonly threshold: number;
  readonly sample_event_ids: readonly string[];
}

interface Run {
  readonly slot_at: string;
  readonly rules: readonly {
    readonly name: string;
    readonly alert_raised_at: string | null;
    readonly last: Result;
  }[];
}

async function fineprint<T>(context: MissionContext, ...args: string[]): Promise<T> {
  const { code, out, err } = await context.command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

async function isScheduled(context: MissionContext): Promise<void> {
  await context.eventually(WITHIN_MS, async () => {
    const jobs = await fineprint<{ name: string; schedule: string }[]>(context, 'jobs', 'list');
    same('data-quality runs', jobs.find((j) => j.name === 'data-quality')?.schedule, SCHEDULE);
  });
}

/** A request that says it took more tokens than there can be. */
async function plant(context: MissionContext): Promise<string> {
  const event_id = randomUUID();
  const request = {
    event_id,
    model_name: `${context.run}-r15`,
    model_version: '1',
    user_id: `${context.run}-r15`,
    input_tokens: TOKENS,
    output_tokens: 1,
    latency_ms: 100,
    success: true,
  };
  same('POST request', (await context.post('/api/v1/ai/track-request', request)).status, 202);
  await context.eventually(WITHIN_MS, async () => {
    const [row] = await context.sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.ai_requests WHERE model_name = {model:String}',
      { model: request.model_name },
    );
    same('requests stored', row?.n, 1);
  });
  return event_id;
}

const resultOf = ({ rules }: Run): Result | undefined => rules.find((r) => r.name === RULE)?.last;

/** The result in the table, over HTTP and by command, and the alert that stands. */
async function checkTold(context: MissionContext, { slot_at }: Run, found: Result): Promise<void> {
  await context.eventually(WITHIN_MS, async () => {
    const { status, body } = await context.get(
      `/api/v1/quality/results?rule=${RULE}&from=${slot_at}&limit=1000`,
    );
    same('GET results', status, 200);
    const told = (body as { results: (Result & { slot: string })[] }).results.find((r) => r.slot === slot_at);
    same(
      'result over HTTP',
      [told?.status, told?.bad_rows, told?.sample_event_ids],
      [found.status, found.bad_rows, found.sample_event_ids],
    );
  });
  const listed = await fineprint<Run['rules']>(context, 'quality', 'list');
  same('the rule in the list', listed.find((r) => r.name === RULE)?.last.status, found.status);
  const results = await fineprint<(Result & { slot: string })[]>(
    context,
    'quality',
    'results',
    '--rule',
    RULE,
  );
  same(
    'result by command',
    results.find((r) => r.slot === slot_at)?.sample_event_ids,
    found.sample_event_ids,
  );
  await context.eventually(WITHIN_MS, async () => {
    const { body } = await context.get('/api/v1/alerts?kind=data_quality&state=raised&limit=1000');
    const alerts = (body as { alerts: { labels: Record<string, string> }[] }).alerts;
    same('alerts of the rule', alerts.filter((a) => a.labels['rule'] === RULE).length, 1);
  });
}

export const dataQuality: MissionRow = {
  row: 15,
  name: 'Data quality',
  async check(context) {
    await isScheduled(context);
    const eventId = await plant(context);
    const run = await fineprint<Run>(context, 'quality', 'run');
    const kinds = new Set(run.rules.map((r) => r.last.kind));
    same(
      'kinds of rules',
      KINDS.filter((kind) => !kinds.has(kind)),
      [],
    );
    const found = resultOf(run);
    same('the rule about tokens', [found?.status, found?.threshold], ['fail', 0]);
    if (found === undefined) throw new Error(`${RULE} was not run`);
    if (found.bad_rows <= SAMPLES)
      same('the request is named', found.sample_event_ids.includes(eventId), true);
    await checkTold(context, run, found);
    const passed = run.rules.filter((r) => r.last.status === 'pass').length;
    return `${run.rules.length} rules of ${KINDS.length} kinds, ${SCHEDULE} and on demand; a request of ${TOKENS} tokens was found and named, its result is in the table and its alert stands; ${passed} rules passed`;
  },
};
