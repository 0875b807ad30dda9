import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { type Currencies, expectedRows, freshCurrencies, readHistory, sendHistory } from './subscriptions.ts';

const SEED = 14;
const RANGE = { from: '2024-03-01', to: '2024-04-10' };
const RUN_TIMEOUT_MS = 60_000;

type Figures = Readonly<Record<string, string | number | boolean | null>>;
interface Page {
  readonly rows: readonly Figures[];
  readonly next_offset: number | null;
}

async function rowsOf(
  { get }: MissionContext,
  path: string,
  query: Record<string, string>,
): Promise<Figures[]> {
  const search = new URLSearchParams({ ...RANGE, ...query });
  const { status, body } = await get(`/api/v1/business/${path}?${search}`);
  same(`GET business/${path}`, status, 200);
  const page = body as Page;
  same(`pages of business/${path}`, page.next_offset, null);
  return [...page.rows];
}

/** A decimal of six digits in millionths. */
const millionths = (decimal: unknown): string => String(BigInt(String(decimal).replace('.', '')));
const byText = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** The API's figures in the reference's words. */
function inWords(
  rows: readonly Figures[],
  currency: string,
  names: readonly string[],
): Record<string, string>[] {
  return rows.map((row) =>
    Object.fromEntries(
      names.map((name) => {
        if (name === 'day') return [name, String(row['period_start']).slice(0, 10)];
        if (name === 'currency') return [name, currency];
        return [name, /mrr|payments|refunds/.test(name) ? millionths(row[name]) : String(row[name])];
      }),
    ),
  );
}

async function checkMoney(context: MissionContext, currencies: Currencies): Promise<number> {
  let days = 0;
  for (const which of ['revenue', 'plans'] as const) {
    const expected = expectedRows(which, currencies);
    for (const currency of new Set(expected.map((row) => row['currency'] ?? ''))) {
      const own = expected.filter((row) => row['currency'] === currency);
      const rows = await rowsOf(context, which, { currency });
      const found = inWords(rows, currency, Object.keys(own[0] ?? {}));
      same(`${which} in ${currency}`, byText(found), byText(own));
      days += own.length;
    }
  }
  return days;
}

/** Of any period: what there was and what moved it makes what there is. By hour, the same. */
async function checkHours(context: MissionContext, currency: string): Promise<number> {
  const of = (row: Figures, name: string) => BigInt(millionths(row[name]));
  const moved = (rows: readonly Figures[]) =>
    ['new', 'expansion', 'reactivation', 'contraction', 'churn'].map((kind) =>
      String(rows.reduce((sum, row) => sum + of(row, `${kind}_mrr`), 0n)),
    );
  const days = await rowsOf(context, 'revenue', { currency });
  const hours = await rowsOf(context, 'revenue', { currency, granularity: 'hour' });
  for (const row of [...days, ...hours]) {
    const [gained, lost] = [
      of(row, 'new_mrr') + of(row, 'expansion_mrr') + of(row, 'reactivation_mrr'),
      of(row, 'contraction_mrr') + of(row, 'churn_mrr'),
    ];
    same('what moved MRR', String(of(row, 'mrr_start') + gained - lost), String(of(row, 'mrr_end')));
  }
  same('hours of all days', moved(hours), moved(days));
  return hours.length;
}

/** People are counted as the analytics endpoints count them. */
async function checkGrowth(context: MissionContext): Promise<number> {
  const growth = await rowsOf(context, 'growth', {});
  const { body } = await context.get(`/api/v1/analytics/stickiness?${new URLSearchParams(RANGE)}`);
  const { days } = body as { days: readonly { day: string; dau: number; wau: number; mau: number }[] };
  same(
    'active people',
    growth.map((row) => [
      String(row['period_start']).slice(0, 10),
      row['active_users'],
      row['wau'],
      row['mau'],
    ]),
    days.map(({ day, dau, wau, mau }) => [day, dau, wau, mau]),
  );
  for (const [i, row] of growth.entries()) {
    const before = growth[i - 1];
    if (before === undefined) continue;
    const [gained, lost] = [
      Number(row['new_users']) + Number(row['resurrected_users']),
      Number(row['lost_users']),
    ];
    same('what moved MAU', Number(before['mau']) + gained - lost, row['mau']);
  }
  return Math.max(...growth.map((row) => Number(row['mau'])));
}

async function checkUsage(context: MissionContext): Promise<void> {
  const [all, plans, features] = await Promise.all(
    ['all', 'plan', 'feature'].map((by) => rowsOf(context, 'usage', { by })),
  );
  const sum = (rows: readonly Figures[] | undefined, name: string) =>
    (rows ?? []).reduce((total, row) => total + Number(row[name]), 0);
  same('events by plan', sum(plans, 'events'), sum(all, 'events'));
  same('uses of features', sum(features, 'feature_uses'), sum(all, 'feature_uses'));
  const [row] = await context.sql<{ n: string }>(
    `SELECT count() AS n FROM fineprint.product_events WHERE (user_id IS NOT NULL OR anonymous_id IS NOT NULL)
      AND event_time >= '${RANGE.from}' AND event_time < '${RANGE.to}'`,
  );
  same('events', sum(all, 'events'), Number(row?.n));
}

async function compute({ command }: MissionContext, { from, to } = RANGE): Promise<void> {
  const args = ['metrics', 'run', '--from', from, '--to', to, '--json'];
  const { code, err } = await command(...args);
  if (code !== 0) throw new Error(`metrics run ended with ${code}: ${err}`);
}

export const businessMetrics: MissionRow = {
  row: 14,
  name: 'Business metrics',
  async check(context) {
    const currencies = await freshCurrencies(context);
    const events = readHistory(context.run, currencies);
    // The first half last, so that figures have to be computed again.
    const middle = '2024-03-20';
    const parts = [
      events.filter(({ event_time }) => event_time >= middle),
      events.filter(({ event_time }) => event_time < middle),
    ];
    let stored = 0;
    for (const part of parts) {
      await sendHistory(context, part, SEED);
      stored += part.length;
      await context.eventually(RUN_TIMEOUT_MS, async () => {
        const [row] = await context.sql<{ n: string }>(
          `SELECT count() AS n FROM fineprint.product_events WHERE startsWith(ifNull(user_id, anonymous_id), {run:String})`,
          { run: `${context.run}-p-` },
        );
        same('stored', Number(row?.n), stored);
      });
      await compute(context);
    }
    const days = await checkMoney(context, currencies);
    const hours = await checkHours(context, currencies.of('EUR'));
    const people = await checkGrowth(context);
    await checkUsage(context);
    await compute(context, { from: '2024-03-18', to: '2024-03-22' });
    same('rows after a repeat', await checkMoney(context, currencies), days);
    return `${events.length} subscription and product events, the later half first, a fifth twice: MRR, its moves, payments and plans of ${days} days in 4 currencies to the millionth as a Python script says, ${hours} hours add up to the days; up to ${people} monthly active people as /analytics/stickiness counts them, what moved MAU adds up; days run again, the same`;
  },
};
