import type { Section } from '@fineprint/reports';
import { compared, daysOf, type ReportQuestion, rowsOf, textOf, within } from './section.ts';

const MAX_ROWS = 15;
type Row = Readonly<Record<string, string | number | null>>;

const SUMS = `sum(requests) AS requests_sum, if(requests_sum = 0, NULL, 1 - sum(successes) / requests_sum) AS error_rate,
  sum(total_tokens) AS tokens_sum, if(sum(priced_requests) = 0, NULL, toString(round(sum(cost_nano_usd) / 1e9, 4))) AS cost_usd_sum,
  sum(unpriced_requests) AS unpriced_sum, if(sum(latency_ms_count) = 0, NULL, round(sum(latency_ms_sum) / sum(latency_ms_count), 1)) AS latency_ms`;

/** AI models, as /api/v1/ai tells them. */
export async function aiSection(question: ReportQuestion): Promise<Section> {
  const { period, before } = question;
  const all = `SELECT ${SUMS} FROM fineprint.ai_metrics_day WHERE ${within('window_start')} HAVING requests_sum > 0`;
  const [[now], [then], models, byDay] = await Promise.all([
    rowsOf<Row>(question, period, all),
    rowsOf<Row>(question, before, all),
    rowsOf<Row>(
      question,
      period,
      `SELECT concat(model_name, ' ', model_version) AS model, ${SUMS} FROM fineprint.ai_metrics_day WHERE ${within('window_start')}
       GROUP BY model ORDER BY requests_sum DESC, model LIMIT ${MAX_ROWS}`,
    ),
    rowsOf<{ day: string; n: number }>(
      question,
      period,
      `SELECT toString(toDate(window_start)) AS day, sum(requests) AS n FROM fineprint.ai_metrics_day
       WHERE ${within('window_start')} GROUP BY day`,
    ),
  ]);
  const days = daysOf(period);
  const found = new Map(byDay.map(({ day, n }) => [day, n]));
  return {
    title: 'AI models',
    note: 'Cost is by the price book, of requests whose model has a price.',
    figures: compared(
      [
        ['requests_sum', 'Requests', null],
        ['error_rate', 'Error rate', 'bad'],
        ['latency_ms', 'Mean latency, ms', 'bad'],
        ['tokens_sum', 'Tokens', null],
        ['cost_usd_sum', 'Cost, USD', 'bad'],
        ['unpriced_sum', 'Requests without a price', 'bad'],
      ],
      now,
      then,
    ),
    charts: [
      {
        title: 'Requests by day',
        days,
        lines: [{ name: 'requests', values: days.map((d) => found.get(d) ?? 0) }],
      },
    ],
    tables:
      models.length === 0
        ? []
        : [
            {
              title: 'Models with the most requests',
              head: ['model', 'requests', 'error rate', 'mean latency, ms', 'tokens', 'cost, USD'],
              rows: models.map((row) =>
                ['model', 'requests_sum', 'error_rate', 'latency_ms', 'tokens_sum', 'cost_usd_sum'].map(
                  (name) => textOf(row[name]),
                ),
              ),
            },
          ],
  };
}

/** Results of data quality rules, where they are kept. */
export async function qualitySection(question: ReportQuestion): Promise<Section | null> {
  const [table] = await rowsOf<{ n: number }>(
    question,
    question.period,
    "SELECT count() AS n FROM system.tables WHERE database = 'fineprint' AND name = 'quality_checks' AND {from:Int64} < {to:Int64}",
  );
  if (table === undefined || table.n === 0) return null;
  const rows = await rowsOf<{ rule: string; dataset: string; checks: number; failed: number; last: string }>(
    question,
    question.period,
    `SELECT rule, dataset, count() AS checks, countIf(status = 'fail') AS failed, argMax(status, slot) AS last
     FROM fineprint.quality_checks WHERE ${within('slot')} GROUP BY rule, dataset ORDER BY failed DESC, dataset, rule LIMIT 50`,
  );
  return {
    title: 'Data quality',
    note: rows.length === 0 ? 'No rule was evaluated in this time.' : null,
    figures: [],
    charts: [],
    tables:
      rows.length === 0
        ? []
        : [
            {
              title: 'Rules',
              head: ['rule', 'data set', 'evaluations', 'failed', 'last result'],
              rows: rows.map((row) => [
                row.rule,
                row.dataset,
                String(row.checks),
                String(row.failed),
                row.last,
              ]),
            },
          ],
  };
}
