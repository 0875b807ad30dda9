import type { Convention } from '../convention.ts';
import type { Dialect } from '../dialect.ts';
import { type Buckets, bucketSql, periodSql, toMsOf } from './buckets.ts';
import { settingsSql } from './subscriptions.ts';

/**
 * What each plan brings per month at the end of each period, and how many subscriptions it has. Each setting adds to its
 * plan and takes from the one before.
 */
export function plansSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const before =
    'OVER (PARTITION BY person, subscription_id ORDER BY ms, event_id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)';
  const bucket = (ms: string) => dialect.whole(bucketSql(dialect, buckets, ms));
  const upTo = (sum: string) =>
    `SUM(${sum}) OVER (PARTITION BY currency, plan ORDER BY bucket ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
  return `
WITH ${settingsSql(dialect, c, toMsOf(buckets))},
  steps AS (
    SELECT ms, currency, plan, mrr, COALESCE(MAX(currency) ${before}, '') AS old_currency,
      COALESCE(MAX(plan) ${before}, '') AS old_plan, COALESCE(MAX(mrr) ${before}, 0) AS old_mrr
    FROM settings
  ),
  parts AS (
    SELECT ${bucket('ms')} AS bucket, currency, plan, ${dialect.whole('mrr')} AS mrr_part, ${dialect.whole('1')} AS subscriptions_part
    FROM steps WHERE mrr > 0
    UNION ALL
    SELECT ${bucket('ms')} AS bucket, old_currency AS currency, old_plan AS plan, ${dialect.whole('0 - old_mrr')} AS mrr_part,
      ${dialect.whole('0 - 1')} AS subscriptions_part
    FROM steps WHERE old_mrr > 0
    UNION ALL
    SELECT ${dialect.whole('bucket')} AS bucket, currency, plan, ${dialect.whole('0')} AS mrr_part,
      ${dialect.whole('0')} AS subscriptions_part
    FROM (${dialect.numbers(buckets.first, buckets.count)}) AS spine
    CROSS JOIN (SELECT currency, plan FROM steps WHERE mrr > 0 UNION DISTINCT SELECT '' AS currency, '' AS plan) AS plans
  ),
  totals AS (
    SELECT bucket, currency, plan, SUM(mrr_part) AS mrr_sum, SUM(subscriptions_part) AS subscriptions_sum
    FROM parts GROUP BY bucket, currency, plan
  ),
  running AS (
    SELECT bucket, currency, plan, ${upTo('mrr_sum')} AS mrr, ${upTo('subscriptions_sum')} AS subscriptions FROM totals
  )
SELECT ${periodSql(dialect, buckets)}, currency, plan, ${dialect.money('mrr')} AS mrr_out, subscriptions
FROM running WHERE bucket >= ${buckets.first} AND (subscriptions > 0 OR currency = '')`;
}

export const plansColumns: readonly string[] = [
  'granularity',
  'period_start',
  'currency',
  'plan',
  'mrr',
  'subscriptions',
];
