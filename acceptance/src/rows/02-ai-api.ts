import { randomUUID } from 'node:crypto';
import { type MissionContext, type MissionRow, same, within } from '../mission/row.ts';
import { exactQuantile, makeRequests, type SentRequest, sendRequests, VERSIONS } from './ai-requests.ts';

const REQUESTS = 800;
const SEED = 42;
const VISIBLE_WITHIN_MS = 20_000;
const RELATIVE_ERROR = 0.01;
const AI = '/api/v1/ai';

interface Measures {
  readonly requests: number;
  readonly errors: number;
  readonly latency_ms: {
    readonly p50: number;
    readonly p90: number;
    readonly p95: number;
    readonly p99: number;
  };
}

async function read<T>({ get }: MissionContext, path: string): Promise<T> {
  const { status, body } = await get(path);
  same(`GET ${path.split('?')[0]}`, status, 200);
  return body as T;
}

function agree(measures: Measures | undefined, requests: readonly SentRequest[]): number {
  same('requests', measures?.requests ?? 0, requests.length);
  same('errors', measures?.errors, requests.filter((r) => !r.success).length);
  const latencies = requests.map((r) => r.latency);
  const quantiles = [0.5, 0.9, 0.95, 0.99].map((q) => [q, exactQuantile(latencies, q)] as const);
  return Math.max(
    ...quantiles.map(([q, exact]) => {
      const name = `p${q * 100}` as keyof Measures['latency_ms'];
      return within(name, measures?.latency_ms[name] ?? Number.NaN, exact, RELATIVE_ERROR);
    }),
  );
}

async function performance(
  context: MissionContext,
  model: string,
  requests: readonly SentRequest[],
): Promise<number> {
  const path = `${AI}/performance-metrics?model=${model}&granularity=none&group_by=version`;
  const { rows } = await read<{ rows: (Measures & { group: { version: string } })[] }>(context, path);
  return Math.max(
    ...VERSIONS.map((version) =>
      agree(
        rows.find((r) => r.group.version === version),
        requests.filter((r) => r.model_version === version),
      ),
    ),
  );
}

async function comparison(
  context: MissionContext,
  model: string,
  requests: readonly SentRequest[],
): Promise<void> {
  const [first, second] = VERSIONS.map((version) => requests.filter((r) => r.model_version === version));
  const path = `${AI}/compare-models?${VERSIONS.map((v) => `model=${model}:${v}`).join('&')}`;
  interface Difference {
    readonly difference: number;
    readonly low: number;
    readonly high: number;
  }
  const { differences } = await read<{ differences: { success_rate: Difference; latency_ms: Difference }[] }>(
    context,
    path,
  );
  const rate = (list: readonly SentRequest[] = []) => list.filter((r) => r.success).length / list.length;
  const mean = (list: readonly SentRequest[] = []) => list.reduce((s, r) => s + r.latency, 0) / list.length;
  within(
    'difference of success rates',
    differences[0]?.success_rate.difference ?? 0,
    rate(second) - rate(first),
    1e-6,
  );
  within(
    'difference of mean latencies',
    differences[0]?.latency_ms.difference ?? 0,
    mean(second) - mean(first),
    1e-6,
  );
  const { low, high, difference } = differences[0]?.latency_ms ?? { low: 0, high: 0, difference: 0 };
  if (!(low < difference && difference < high)) throw new Error('the interval does not hold its difference');
}

/** Ratings of some requests, changed by one rater and sent twice: what each rater said last counts. */
async function feedback(
  context: MissionContext,
  model: string,
  requests: readonly SentRequest[],
): Promise<void> {
  const [version] = VERSIONS;
  const chosen = requests.filter((r) => r.model_version === version).slice(0, 10);
  const rating = (r: SentRequest, user_id: string, score: number, agoMs: number) => ({
    kind: 'ai_feedback',
    event_id: randomUUID(),
    event_time: new Date(Date.now() - agoMs).toISOString(),
    request_id: r.event_id,
    user_id,
    score,
    comment: 'Write to jane.doe@example.com',
  });
  const first = chosen.map((r) => rating(r, 'rater-1', -1, 2_000));
  const changed = chosen.slice(0, 4).map((r) => rating(r, 'rater-1', 1, 1_000));
  const others = chosen.map((r, i) => rating(r, 'rater-2', i % 2, 1_000));
  const unknown = rating({ ...(chosen[0] as SentRequest), event_id: randomUUID() }, 'rater-1', 1, 1_000);
  const { kind: _, ...single } = unknown;
  same('POST track-feedback', (await context.post(`${AI}/track-feedback`, single)).status, 202);
  const batch = [...changed, ...first, ...others, ...first];
  same('POST events/batch', (await context.post(`${AI}/events/batch`, batch)).status, 202);
  const expected = { count: 20, mean: (4 * 1 - 6 + 5) / 20 };
  await context.eventually(VISIBLE_WITHIN_MS, async () => {
    const path = `${AI}/performance-metrics?model=${model}&version=${version}`;
    const { rows } = await read<{ rows: { satisfaction: unknown }[] }>(context, path);
    same('satisfaction', rows[0]?.satisfaction, expected);
  });
  const [rated] = await context.sql<{ ratings: number }>(
    'SELECT sum(ratings) AS ratings FROM fineprint.ai_requests_rated WHERE model_name = {model:String}',
    { model },
  );
  same('ai_requests_rated', Number(rated?.ratings), expected.count);
  const [leak] = await context.sql<{ leaks: number }>(
    "SELECT countIf(comment LIKE '%jane.doe%') AS leaks FROM fineprint.ai_feedback",
  );
  same('comments with an address', Number(leak?.leaks), 0);
}

/** What the list of models says of one, however many pages it has. */
async function requestsOf(context: MissionContext, model: string): Promise<number | undefined> {
  interface Page {
    readonly models: readonly { readonly model: string; readonly requests: number }[];
    readonly next_after: string | null;
  }
  for (let after = ''; ; ) {
    const page: Page = await read(context, `${AI}/models?limit=100${after}`);
    const found = page.models.find((m) => m.model === model);
    if (found !== undefined || page.next_after === null) return found?.requests;
    after = `&after=${encodeURIComponent(page.next_after)}`;
  }
}

/** Row 5 looks at what they say; here only that the document's two paths are there. */
async function experimentPaths(context: MissionContext): Promise<void> {
  const id = `${context.run}-api`;
  const variants = ['control', 'b'].map((name) => ({ name, weight: 1 }));
  const metrics = [{ name: 'success', kind: 'conversion', source: 'ai.success', direction: 'increase' }];
  const made = await context.ask('POST', `${AI}/experiments`, { id, unit: 'request', variants, metrics });
  same('POST experiments', made.status, 201);
  same('POST start', (await context.ask('POST', `${AI}/experiments/${id}/start`)).status, 200);
  const results = await read<{ variants: object[] }>(context, `${AI}/experiments/${id}/results`);
  same('variants of an experiment', results.variants.length, 2);
  same('POST stop', (await context.ask('POST', `${AI}/experiments/${id}/stop`)).status, 200);
}

export const aiApi: MissionRow = {
  row: 2,
  name: 'AI API',
  async check(context) {
    const model = `${context.run}-api`;
    const requests = makeRequests(model, REQUESTS, SEED);
    await sendRequests(context, requests, SEED);
    const worst = await context.eventually(VISIBLE_WITHIN_MS, () => performance(context, model, requests));
    // Figures of variance come from the rows, which another consumer loads.
    await context.eventually(VISIBLE_WITHIN_MS, () => comparison(context, model, requests));
    await context.eventually(VISIBLE_WITHIN_MS, async () =>
      same('models', await requestsOf(context, model), REQUESTS),
    );
    await feedback(context, model, requests);
    const trends = await read<{ totals: { requests: number } }>(
      context,
      `${AI}/usage-trends?model=${model}&granularity=hour`,
    );
    same('usage-trends', trends.totals.requests, REQUESTS);
    const live = `${AI}/real-time/${model}/${VERSIONS[0]}`;
    const now = await read<{ windows: { minutes: number; requests: number }[] }>(context, live);
    const streamed = (await context.firstServerSentEvent(live)) as typeof now;
    const mine = requests.filter((r) => r.model_version === VERSIONS[0]).length;
    for (const { windows } of [now, streamed])
      same('real-time', windows.find((w) => w.minutes === 15)?.requests, mine);
    await experimentPaths(context);
    return `performance-metrics (p50 to p99 at most ${worst.toFixed(2)} % off), compare-models (differences exact, with intervals), usage-trends, models, feedback (joined with its requests, the last of each rater counts), real-time as JSON and as a stream, experiments`;
  },
};
