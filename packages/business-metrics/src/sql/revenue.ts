import type { Convention } from '../convention.ts';
import { type Dialect, literals } from '../dialect.ts';
import { type Buckets, bucketSql, fromMsOf, periodSql, toMsOf } from './buckets.ts';
import { movesSql, settingsSql } from './subscriptions.ts';

/** What each kind of move is; every move is of exactly one. */
const KINDS = {
  new: 'mrr_before = 0 AND mrr_most = 0',
  reactivation: 'mrr_before = 0 AND mrr_most > 0',
  expansion: 'mrr_before > 0 AND mrr_after > mrr_before',
  contraction: 'mrr_before > mrr_after AND mrr_after > 0',
  churn: 'mrr_before > 0 AND mrr_after = 0',
} as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

const SUMS = [
  ...kinds.flatMap((kind) => [`${kind}_mrr`, `${kind}_customers`]),
  'payments',
  'refunds',
  'payment_count',
  'refund_count',
  'ignored_events',
] as const;
type Sum = (typeof SUMS)[number];

/** A row of sums of which these are given and the others 0. */
const sumsSql = (dialect: Dialect, given: Partial<Record<Sum, string>>): string =>
  SUMS.map((name) => `${dialect.whole(given[name] ?? '0')} AS ${name}_part`).join(', ');

/** Money that came and went back. The same payment told twice counts once, by its payment_id. */
const cashSql = (c: Convention, buckets: Buckets): string => {
  const refund = `type IN ${literals(c.refund)}`;
  return `
  cash AS (
    SELECT ms, currency, is_refund, paid FROM (
      SELECT ms, currency, ${refund} OR micros < 0 AS is_refund, ABS(micros) AS paid,
        ROW_NUMBER() OVER (PARTITION BY person, CASE WHEN ${refund} THEN 1 ELSE 0 END,
          CASE WHEN payment_id = '' THEN event_id ELSE payment_id END ORDER BY ms, event_id) AS place
      FROM money
      WHERE person <> '' AND micros IS NOT NULL AND type IN ${literals([...c.payment, ...c.refund])}
    ) AS told WHERE place = 1 AND ms >= ${fromMsOf(buckets)}
  )`;
};

/** Events that should bring an amount and do not. */
const ignoredSql = (c: Convention): string => `
  SELECT ms FROM priced WHERE type IN ${literals([...c.started, ...c.changed])}
    AND NOT type IN ${literals(c.cancelled)} AND COALESCE(month_micros, -1) < 0
  UNION ALL
  SELECT ms FROM money WHERE micros IS NULL AND person <> '' AND type IN ${literals([...c.payment, ...c.refund])}`;

const partsSql = (dialect: Dialect, c: Convention, buckets: Buckets): string => {
  const bucket = (ms: string) => dialect.whole(bucketSql(dialect, buckets, ms));
  const when = (condition: string, value: string) => `CASE WHEN ${condition} THEN ${value} ELSE 0 END`;
  const moved = Object.fromEntries(
    kinds.flatMap((kind) => [
      [`${kind}_mrr`, when(KINDS[kind], 'ABS(delta)')],
      [`${kind}_customers`, when(KINDS[kind], '1')],
    ]),
  );
  const cash = {
    payments: when('NOT is_refund', 'paid'),
    refunds: when('is_refund', 'paid'),
    payment_count: when('NOT is_refund', '1'),
    refund_count: when('is_refund', '1'),
  };
  return `
  parts AS (
    SELECT ${bucket('ms')} AS bucket, currency, ${sumsSql(dialect, moved)} FROM moves
    UNION ALL
    SELECT ${bucket('ms')} AS bucket, currency, ${sumsSql(dialect, cash)} FROM cash
    UNION ALL
    SELECT ${bucket('ms')} AS bucket, '' AS currency, ${sumsSql(dialect, { ignored_events: '1' })}
    FROM (${ignoredSql(c)}) AS ignored
    UNION ALL
    SELECT ${dialect.whole('bucket')} AS bucket, currency, ${sumsSql(dialect, {})}
    FROM (${dialect.numbers(buckets.first, buckets.count)}) AS spine
    CROSS JOIN (
      SELECT currency FROM moves UNION DISTINCT SELECT currency FROM cash UNION DISTINCT SELECT '' AS currency
    ) AS currencies
  )`;
};

/**
 * Revenue by period and currency. Rows of currency '' stand for the period itself: there is one of each, so that a run which
 * finds nothing replaces what another found, and it counts the events that were ignored. A currency in which nothing stands and
 * nothing happens has no row.
 */
export function revenueSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const net = 'new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churn_mrr';
  const people = 'new_customers + reactivation_customers - churn_customers';
  const upTo = (sum: string) =>
    `SUM(${sum}) OVER (PARTITION BY currency ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  const columns = SUMS.map((name) =>
    name.endsWith('_mrr') || name === 'payments' || name === 'refunds'
      ? `${dialect.money(name)} AS ${name}_out`
      : `${name} AS ${name}_out`,
  );
  return `
WITH ${settingsSql(dialect, c, toMsOf(buckets))},
${movesSql(dialect)},
${cashSql(c, buckets)},
${partsSql(dialect, c, buckets)},
  totals AS (
    SELECT bucket, currency, ${SUMS.map((name) => `SUM(${name}_part) AS ${name}`).join(', ')}
    FROM parts GROUP BY bucket, currency
  ),
  running AS (
    SELECT bucket, currency, ${SUMS.join(', ')}, ${upTo(net)} AS mrr_end, ${upTo(people)} AS customers, ${net} AS mrr_net
    FROM totals
  )
SELECT ${periodSql(dialect, buckets)}, currency, ${dialect.money('(mrr_end - mrr_net)')} AS mrr_start,
  ${dialect.money('mrr_end')} AS mrr_end_out, customers, ${columns.join(', ')}
FROM running WHERE bucket >= ${buckets.first} AND (currency = '' OR mrr_end + ${SUMS.join(' + ')} > 0)`;
}

/** The columns of that answer, as the tables name them. */
export const revenueColumns: readonly string[] = [
  'granularity',
  'period_start',
  'currency',
  'mrr_start',
  'mrr_end',
  'customers',
  ...SUMS,
];
