import type { Section } from '@fineprint/reports';
import { compared, daysOf, type ReportQuestion, rowsOf, within } from './section.ts';

const MAX_ROWS = 15;

const GROWTH = `
  SELECT sum(signups) AS signups_sum, sum(activations) AS activations_sum, sum(new_users) AS new_sum,
    sum(resurrected_users) AS resurrected_sum, sum(lost_users) AS lost_sum, argMax(wau, period_start) AS wau_last,
    argMax(mau, period_start) AS mau_last, if(sum(mau) = 0, NULL, sum(active_users) / sum(mau)) AS stickiness,
    if(lost_sum = 0, NULL, (new_sum + resurrected_sum) / lost_sum) AS quick_ratio
  FROM fineprint.business_growth WHERE granularity = 'day' AND ${within('period_start')} HAVING count() > 0`;

type Row = Readonly<Record<string, string | number | null>>;

export async function growthSection(question: ReportQuestion): Promise<Section> {
  const { period, before } = question;
  const [[now], [then], byDay] = await Promise.all([
    rowsOf<Row>(question, period, GROWTH),
    rowsOf<Row>(question, before, GROWTH),
    rowsOf<{ day: string; dau: number; wau: number; mau: number }>(
      question,
      period,
      `SELECT toString(toDate(period_start)) AS day, active_users AS dau, wau, mau FROM fineprint.business_growth
       WHERE granularity = 'day' AND ${within('period_start')}`,
    ),
  ]);
  const days = daysOf(period);
  const found = new Map(byDay.map((row) => [row.day, row]));
  const line = (name: string, of: 'dau' | 'wau' | 'mau') => ({
    name,
    values: days.map((day) => found.get(day)?.[of] ?? null),
  });
  return {
    title: 'Growth',
    note: 'People count once, also across devices they were identified on.',
    figures: compared(
      [
        ['signups_sum', 'Sign-ups', 'good'],
        ['activations_sum', 'Activations', 'good'],
        ['new_sum', 'New people', 'good'],
        ['resurrected_sum', 'Came back', 'good'],
        ['lost_sum', 'Lost', 'bad'],
        ['wau_last', 'WAU', 'good'],
        ['mau_last', 'MAU', 'good'],
        ['stickiness', 'Stickiness', 'good'],
        ['quick_ratio', 'Quick ratio', 'good'],
      ],
      now,
      then,
    ),
    charts: [
      { title: 'Active people', days, lines: [line('DAU', 'dau'), line('WAU', 'wau'), line('MAU', 'mau')] },
    ],
    tables: [],
  };
}

/** Use of the product, and how far people came in funnels. */
export async function usageSection(question: ReportQuestion): Promise<Section> {
  const { period, before } = question;
  const all = `SELECT sum(events) AS events_sum, sum(feature_uses) AS uses_sum FROM fineprint.business_usage
    WHERE granularity = 'day' AND scope = 'all' AND ${within('period_start')} HAVING count() > 0`;
  const by = (scope: 'plan' | 'feature') =>
    rowsOf<{ name: string; uses: number; most: number }>(
      question,
      period,
      `SELECT ${scope} AS name, sum(${scope === 'plan' ? 'events' : 'feature_uses'}) AS uses, max(users) AS most
       FROM fineprint.business_usage WHERE granularity = 'day' AND scope = '${scope}' AND ${within('period_start')}
       GROUP BY name ORDER BY uses DESC, name LIMIT ${MAX_ROWS}`,
    );
  const [[now], [then], plans, features, funnels] = await Promise.all([
    rowsOf<Row>(question, period, all),
    rowsOf<Row>(question, before, all),
    by('plan'),
    by('feature'),
    rowsOf<{ name: string; entered: number; converted: number }>(
      question,
      period,
      `SELECT funnel AS name, count() AS entered, countIf(converted) AS converted FROM fineprint.funnel_people
       WHERE ${within('entered_at')} GROUP BY name ORDER BY entered DESC, name LIMIT ${MAX_ROWS}`,
    ),
  ]);
  const named = (name: string) => (name === '' ? 'none' : name);
  return {
    title: 'Use of the product',
    note: null,
    figures: compared(
      [
        ['events_sum', 'Events', 'good'],
        ['uses_sum', 'Uses of features', 'good'],
      ],
      now,
      then,
    ),
    charts: [],
    tables: [
      {
        title: 'By plan',
        head: ['plan', 'events', 'people on the best day'],
        rows: plans.map((row) => [named(row.name), String(row.uses), String(row.most)]),
      },
      {
        title: 'Features',
        head: ['feature', 'uses', 'people on the best day'],
        rows: features.map((row) => [row.name, String(row.uses), String(row.most)]),
      },
      {
        title: 'Funnels entered in this time',
        head: ['funnel', 'entered', 'converted so far'],
        rows: funnels.map((row) => [row.name, String(row.entered), String(row.converted)]),
      },
    ].filter(({ rows }) => rows.length > 0),
  };
}
