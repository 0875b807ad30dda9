import { type MissionContext, type MissionRow, same, within } from '../mission/row.ts';
import { type SentRequest, sendRequests } from './ai-requests.ts';
import {
  BASELINE,
  CALM_SLOTS,
  makeShiftingRequests,
  SHIFT_SEED,
  SLOTS,
  SLOWER,
  VERSIONS,
  type Version,
} from './drift-requests.ts';
import { fullestCell, ksOfValues, outcomesOf, psiOfGroups, psiOfValues } from './recompute-drift.ts';

const VISIBLE_WITHIN_MS = 30_000;
const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 5;
const MEASURES = {
  latency_ms: (r: SentRequest) => r.latency,
  input_tokens: (r: SentRequest) => r.input_tokens,
  output_tokens: (r: SentRequest) => r.output_tokens,
  confidence: (r: SentRequest) => r.confidence_score,
} as const;
const MINIMUM_SAMPLES = 300;

interface Evaluation {
  readonly at: string;
  readonly version: string;
  readonly measure: keyof typeof MEASURES | 'error_mix';
  readonly verdict: string;
  readonly level: string;
  readonly psi: number;
  readonly ks: { readonly statistic: number } | null;
  readonly window: { readonly from: string; readonly to: string; readonly count: number };
  readonly baseline: { readonly from: string; readonly to: string; readonly count: number };
}

async function fineprint(context: MissionContext, ...args: string[]): Promise<unknown> {
  const { code, out, err } = await context.command(...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

async function read<T>({ get }: MissionContext, path: string): Promise<T> {
  const { status, body } = await get(path);
  same(`GET ${path.split('?')[0]}`, status, 200);
  return body as T;
}

/** Chosen before the requests are sent, so that nobody evaluates them with another one. */
async function chooseBaseline(context: MissionContext, model: string, nowMs: number): Promise<void> {
  const at = (minutes: number) => new Date(nowMs - minutes * MINUTE_MS).toISOString();
  const range = ['--from', at(BASELINE.from), '--to', at(BASELINE.to), '--window', String(WINDOW_MINUTES)];
  const threshold = ['--threshold', `minimumSamples=${MINIMUM_SAMPLES}`];
  await fineprint(context, 'drift', 'baseline', 'set', model, ...range, ...threshold);
  const chosen = (await fineprint(context, 'drift', 'baseline', 'list')) as { model: string }[];
  same('chosen baselines', chosen.filter((b) => b.model === model).length, 1);
}

/** Every request has been counted. */
async function counted({ sql, eventually }: MissionContext, model: string, count: number): Promise<void> {
  await eventually(VISIBLE_WITHIN_MS, async () => {
    const [row] = await sql<{ n: number }>(
      'SELECT toInt32(sum(requests)) AS n FROM fineprint.ai_metrics_minute WHERE model_name = {model:String}',
      { model },
    );
    same('requests counted', row?.n ?? 0, count);
  });
}

/** One evaluation against the requests themselves. Answers how far KS falls short. */
function agree(evaluation: Evaluation, requests: readonly SentRequest[]): number {
  const { version, measure, psi, ks, window, baseline } = evaluation;
  const of = ({ from, to }: { from: string; to: string }) =>
    requests.filter((r) => r.model_version === version && r.event_time >= from && r.event_time < to);
  const [before, now] = [of(baseline), of(window)];
  const name = `${measure} of ${version} at ${evaluation.at}`;
  same(`${name}: baseline`, baseline.count, before.length);
  same(`${name}: window`, window.count, now.length);
  if (measure === 'error_mix') {
    within(`PSI of ${name}`, psi, psiOfGroups(outcomesOf(before), outcomesOf(now)), 1e-9);
    return 0;
  }
  const [raw, rawNow] = [before.map(MEASURES[measure]), now.map(MEASURES[measure])];
  within(`PSI of ${name}`, psi, psiOfValues(raw, rawNow), 1e-9);
  const short = ksOfValues(raw, rawNow) - (ks?.statistic ?? Number.NaN);
  const bound = fullestCell(raw, rawNow);
  if (!(short >= -1e-12 && short <= bound + 1e-12))
    throw new Error(`KS of ${name} is ${short} short of the raw one, allowed are ${bound}`);
  return short;
}

/** What each version must be called, slot by slot. */
function judged(evaluations: readonly Evaluation[], version: Version, measure: string, nowMs: number) {
  const mine = evaluations.filter((e) => e.version === version && e.measure === measure);
  return SLOTS.map((minutes) => {
    const at = new Date(nowMs - minutes * MINUTE_MS).toISOString();
    const found = mine.filter((e) => e.at === at);
    same(`evaluations of ${measure} of ${version} at ${at}`, found.length, 1);
    return `${found[0]?.verdict}/${found[0]?.level}`;
  });
}

interface Alert {
  readonly state: string;
  readonly severity: string;
  readonly raised_at: string;
  readonly resolved_at: string | null;
  readonly labels: Readonly<Record<string, string>>;
}

async function checkAlerts(context: MissionContext, model: string, nowMs: number): Promise<void> {
  const { alerts } = await read<{ alerts: Alert[] }>(context, '/api/v1/alerts?kind=ai_drift&limit=1000');
  const mine = alerts.filter((a) => a.labels['model'] === model);
  const at = (minutes: number) => new Date(nowMs - minutes * MINUTE_MS).toISOString();
  same(
    'alerts',
    mine.map((a) => [
      a.labels['version'],
      a.labels['measure'],
      a.state,
      a.severity,
      a.raised_at,
      a.resolved_at,
    ]),
    [['shifting', 'latency_ms', 'resolved', 'critical', at(14), at(6)]],
  );
  const records = await context.sql<{ state: string; n: number }>(
    `SELECT state, toInt32(count()) AS n FROM fineprint.alerts FINAL
     WHERE kind = 'ai_drift' AND labels['model'] = {model:String} GROUP BY state ORDER BY state`,
    { model },
  );
  same('records of the alert', records, [
    { state: 'raised', n: 1 },
    { state: 'resolved', n: 1 },
  ]);
}

export const drift: MissionRow = {
  row: 4,
  name: 'Drift',
  async check(context) {
    const model = `${context.run}-drift`;
    const nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const at = (minutes: number) => new Date(nowMs - minutes * MINUTE_MS).toISOString();
    await chooseBaseline(context, model, nowMs);
    const requests = makeShiftingRequests(model, nowMs);
    await sendRequests(context, requests, SHIFT_SEED);
    await counted(context, model, requests.length);
    for (const minutes of SLOTS)
      await fineprint(context, 'drift', 'run', '--model', model, '--at', at(minutes));
    const again = await fineprint(context, 'drift', 'run', '--model', model, '--at', at(CALM_SLOTS[0] ?? 0));
    same('evaluations of a time that had been', (again as { evaluations: object[] }).evaluations.length, 0);

    const path = `/api/v1/ai/drift?model=${model}&from=${at(60)}&to=${at(0)}&limit=1000`;
    const count = SLOTS.length * Object.keys(VERSIONS).length * 5;
    const evaluations = await context.eventually(VISIBLE_WITHIN_MS, async () => {
      const found = (await read<{ evaluations: Evaluation[] }>(context, path)).evaluations;
      same('evaluations', found.length, count);
      return found;
    });
    const shortest = Math.max(...evaluations.map((e) => agree(e, requests)));
    const latency = ['major/stable', 'major/major', 'stable/major', 'stable/major', 'stable/stable'];
    same('shifting latency', judged(evaluations, 'shifting', 'latency_ms', nowMs), latency);
    for (const measure of [...Object.keys(MEASURES), 'error_mix']) {
      same(
        `calm ${measure}`,
        judged(evaluations, 'calm', measure, nowMs),
        SLOTS.map(() => 'stable/stable'),
      );
      same(
        `rare ${measure}`,
        judged(evaluations, 'rare', measure, nowMs),
        SLOTS.map(() => 'not_enough_data/stable'),
      );
    }
    await context.eventually(VISIBLE_WITHIN_MS, () => checkAlerts(context, model, nowMs));
    await fineprint(context, 'drift', 'baseline', 'clear', model);
    return `${count} evaluations of ${requests.length} requests against a chosen baseline: PSI equal to the one of the raw values (1e-9), KS at most ${shortest.toFixed(4)} short of it; latencies ${SLOWER} times as slow raised one alert and resolved it, the calm version none, the rare one said not_enough_data`;
  },
};
