import { figures } from '@fineprint/business-metrics';
import { type MetricsRun, openBusinessStore, runBusinessMetrics } from '@fineprint/business-runs';
import type { RunMetricsOptions, ShowMetricsOptions } from '../commands/metrics.ts';
import { CliError } from '../errors.ts';
import { connectQueryApi } from '../experiments/query-client.ts';
import { count, duration } from '../format.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { clickhouseAccount } from '../sql/account.ts';
import { table } from '../table.ts';
import { conventionOf } from './convention-file.ts';
import { retentionDays } from './retention-days.ts';
import { startSteps } from './steps.ts';

export async function runMetrics(options: RunMetricsOptions): Promise<void> {
  const convention = conventionOf(options.convention);
  const nowMs = Date.now();
  const what = whatToRun(options, nowMs);
  const stack = await openLocalStack();
  await requirePart(stack, 'clickhouse');
  const { endpoints } = stack;
  const store = openBusinessStore({
    url: endpoints.clickhouseUrl,
    ...clickhouseAccount(endpoints, 'fineprint'),
  });
  const steps = startSteps();
  const interrupted = new AbortController();
  process.once('SIGINT', () =>
    interrupted.abort(new CliError('INTERRUPTED', 'Stopped.', 'Run it again: what was done counts.')),
  );
  try {
    const run = await runBusinessMetrics(store, {
      convention,
      nowMs,
      what,
      retentionDays: retentionDays(),
      signal: interrupted.signal,
      onProgress: steps.show,
    });
    steps.stop();
    await (options.json ? printJson(runJson(run)) : printText(runText(run)));
  } catch (error) {
    if (interrupted.signal.aborted) throw interrupted.signal.reason;
    throw error;
  } finally {
    steps.stop();
    await store.close();
  }
}

function whatToRun({ daily, from, to }: RunMetricsOptions, nowMs: number) {
  const help = 'See: metrics run --help';
  if (from === undefined) {
    if (to !== undefined) throw new CliError('USAGE', '--to needs --from.', help);
    return daily ? 'daily' : 'hourly';
  }
  if (daily) throw new CliError('USAGE', 'A run is daily, or of a range.', help);
  const range = { fromMs: from.getTime(), toMs: to?.getTime() ?? nowMs };
  if (range.fromMs >= range.toMs) throw new CliError('USAGE', 'The range is empty.', help);
  return range;
}

const iso = (ms: number) => new Date(ms).toISOString();

const runJson = (run: MetricsRun) => ({
  run_id: run.runId,
  mode: run.mode,
  from: iso(run.fromMs),
  to: iso(run.toMs),
  rows: run.rows,
  took_ms: run.tookMs,
});

const runText = (run: MetricsRun): string =>
  `${count(run.rows)} rows of hours and days from ${iso(run.fromMs)} to ${iso(run.toMs)}, in ${duration(run.tookMs)}.`;

export async function listMetrics(options: { json?: true }): Promise<void> {
  if (options.json) return printJson(figures);
  const over = { sum: 'added up', last: 'the last one', none: 'not at all' };
  await printText(
    table(
      ['family', 'figure', 'longer times are', 'meaning'],
      figures.map((f) => [f.family, f.name, over[f.over], f.meaning]),
    ),
  );
}

const FAMILIES = ['revenue', 'plans', 'growth', 'usage'];
/** What a terminal shows; `--json` has all. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  revenue: [
    'currency',
    'mrr_end',
    'new_mrr',
    'expansion_mrr',
    'reactivation_mrr',
    'contraction_mrr',
    'churn_mrr',
    'customers',
    'arpu',
    'revenue',
  ],
  plans: ['currency', 'plan', 'mrr', 'subscriptions'],
  growth: [
    'signups',
    'activations',
    'new_users',
    'active_users',
    'wau',
    'mau',
    'stickiness',
    'user_quick_ratio',
  ],
  usage: ['plan', 'feature', 'events', 'users', 'feature_uses'],
};

interface Page {
  readonly rows: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly next_offset: number | null;
}

export async function showMetrics(family: string, options: ShowMetricsOptions): Promise<void> {
  if (!FAMILIES.includes(family))
    throw new CliError('USAGE', `There are no figures ${family}.`, `One of: ${FAMILIES.join(', ')}.`);
  const ask = await connectQueryApi(options);
  const query = new URLSearchParams({ granularity: options.hours ? 'hour' : 'day' });
  if (options.from !== undefined) query.set('from', options.from.toISOString());
  if (options.to !== undefined) query.set('to', options.to.toISOString());
  if (family === 'usage') query.set('by', options.by);
  const rows: Page['rows'][number][] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    query.set('offset', String(offset));
    const page: Page = await ask<Page>('GET', `/api/v1/business/${family}?${query}`);
    rows.push(...page.rows);
    offset = page.next_offset;
  }
  if (options.json) return printJson(rows);
  if (rows.length === 0) return printText('No period was computed. Compute them: metrics run');
  const columns = SHOWN[family] ?? [];
  await printText(
    table(
      ['period', ...columns],
      rows.map((row) => [
        `${String(row['period_start']).slice(0, options.hours ? 16 : 10)}${row['complete'] === true ? '' : ' …'}`,
        ...columns.map((name) => shown(row[name])),
      ]),
    ),
  );
}

function shown(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : value.toFixed(3);
  return String(value).replace(/(\.\d\d)0{4}$/, '$1');
}
