import type { Section } from '@fineprint/reports';
import { compared, daysOf, type ReportQuestion, rowsOf, textOf, within } from './section.ts';

/** Currencies with a section of their own, those with the most MRR first. */
const MAX_CURRENCIES = 4;
const MAX_PLANS = 20;

const MOVES = ['new', 'expansion', 'reactivation', 'contraction', 'churn'] as const;
const SUMS = [...MOVES.map((m) => `${m}_mrr`), 'payments', 'refunds', 'revenue'];

/** In two steps, for ClickHouse takes an alias before a column of its name. */
const QUERY = `
  SELECT currency, toString(first_mrr) AS mrr_start, toString(last_mrr) AS mrr_end, toString(last_mrr * 12) AS arr,
    last_customers AS customers_end, if(last_customers = 0, NULL, toString(round(last_mrr / last_customers, 6))) AS arpu,
    ${SUMS.map((name) => `toString(${name}_all) AS ${name}_sum`).join(', ')},
    if(contraction_mrr_all + churn_mrr_all = 0, NULL, toFloat64(new_mrr_all + expansion_mrr_all + reactivation_mrr_all)
      / toFloat64(contraction_mrr_all + churn_mrr_all)) AS quick_ratio
  FROM (
    SELECT currency, argMin(mrr_start, period_start) AS first_mrr, argMax(mrr_end, period_start) AS last_mrr,
      argMax(customers, period_start) AS last_customers, ${SUMS.map((name) => `sum(${name}) AS ${name}_all`).join(', ')}
    FROM fineprint.business_revenue WHERE granularity = 'day' AND currency != '' AND ${within('period_start')}
    GROUP BY currency
  ) ORDER BY last_mrr DESC, currency LIMIT ${MAX_CURRENCIES}`;

const FIGURES = [
  ['mrr_end', 'MRR', 'good'],
  ['arr', 'ARR', 'good'],
  ['customers_end', 'Paying customers', 'good'],
  ['arpu', 'ARPU', 'good'],
  ['new_mrr_sum', 'New MRR', 'good'],
  ['expansion_mrr_sum', 'Expansion MRR', 'good'],
  ['reactivation_mrr_sum', 'Reactivation MRR', 'good'],
  ['contraction_mrr_sum', 'Contraction MRR', 'bad'],
  ['churn_mrr_sum', 'Churn MRR', 'bad'],
  ['revenue_sum', 'Revenue', 'good'],
  ['payments_sum', 'Payments', 'good'],
  ['refunds_sum', 'Refunds', 'bad'],
  ['quick_ratio', 'Quick ratio', 'good'],
] as const;

type Row = Readonly<Record<string, string | number | null>>;

/** One section per currency: they are never added up. */
export async function revenueSections(question: ReportQuestion): Promise<Section[]> {
  const { period, before } = question;
  const [now, then, byDay, plans] = await Promise.all([
    rowsOf<Row>(question, period, QUERY),
    rowsOf<Row>(question, before, QUERY),
    rowsOf<{ currency: string; day: string; mrr: number }>(
      question,
      period,
      `SELECT currency, toString(toDate(period_start)) AS day, toFloat64(mrr_end) AS mrr FROM fineprint.business_revenue
       WHERE granularity = 'day' AND currency != '' AND ${within('period_start')}`,
    ),
    rowsOf<{ currency: string; plan: string; mrr_text: string; subscriptions: number }>(
      question,
      period,
      `SELECT currency, plan, toString(mrr) AS mrr_text, subscriptions FROM fineprint.business_plans
       WHERE granularity = 'day' AND period_start = toDateTime({to:Int64}, 'UTC') - toIntervalDay(1) AND {from:Int64} > 0
       ORDER BY mrr DESC, plan LIMIT ${MAX_PLANS} BY currency`,
    ),
  ]);
  return now.map((row): Section => {
    const currency = String(row['currency']);
    const own = new Map(byDay.filter((d) => d.currency === currency).map((d) => [d.day, d.mrr]));
    const days = daysOf(period);
    const name = currency === 'XXX' ? 'no currency' : currency;
    const ownPlans = plans.filter((p) => p.currency === currency);
    return {
      title: `Revenue in ${name}`,
      note: `MRR was ${textOf(row['mrr_start'])} at the start; its moves lead to MRR at the end.`,
      figures: compared(
        FIGURES,
        row,
        then.find((r) => r['currency'] === currency),
      ),
      charts: [
        {
          title: `MRR by day, ${name}`,
          days,
          lines: [{ name: 'MRR', values: days.map((d) => own.get(d) ?? 0) }],
        },
      ],
      tables:
        ownPlans.length === 0
          ? []
          : [
              {
                title: 'Plans on the last day',
                head: ['plan', 'MRR', 'subscriptions'],
                rows: ownPlans.map((p) => [
                  p.plan === '' ? 'without a plan' : p.plan,
                  textOf(p.mrr_text),
                  String(p.subscriptions),
                ]),
              },
            ],
    };
  });
}
