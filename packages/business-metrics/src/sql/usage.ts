import type { Convention } from '../convention.ts';
import { type Dialect, literals } from '../dialect.ts';
import { type Buckets, fromMsOf, periodSql, sizeMs, toMsOf } from './buckets.ts';
import { withPerson } from './persons.ts';
import { settingsSql } from './subscriptions.ts';

/** Features are named by producers: of a period and plan only the most used ones are kept. */
export const MAX_FEATURES = 500;

/**
 * Expressions, `planned` the last: what each person did in each period, with the plan that the person was on when it ended.
 * Settings and uses stand in one line of time; each setting begins a group, and what follows in it has its plan.
 */
function plannedSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const size = sizeMs(buckets.granularity);
  const range = { fromMs: fromMsOf(buckets), toMs: toMsOf(buckets) };
  const used = `CASE WHEN (kind = 'engagement' OR (kind = 'track' AND event_name IN ${literals(c.featureUse)})) AND feature <> ''
    THEN feature ELSE '' END`;
  const groups = `
    SELECT user_id, alias, ${dialect.divide('ms', size)} AS bucket, ${used} AS used_feature, COUNT(*) AS own_events,
      SUM(CASE WHEN ${used} = '' THEN 0 ELSE duration_ms END) AS own_duration
    FROM (${dialect.events(range)}) AS e GROUP BY user_id, alias, bucket, used_feature`;
  return `
  uses AS (${withPerson(dialect, 'bucket, used_feature, own_events, own_duration', groups)}),
  line AS (
    SELECT person, ${dialect.whole('ms')} AS at_ms, 1 AS is_setting, event_id AS tie,
      CASE WHEN mrr > 0 THEN plan ELSE '' END AS set_plan, ${dialect.whole('0')} AS bucket, '' AS used_feature,
      ${dialect.whole('0')} AS own_events, ${dialect.whole('0')} AS own_duration
    FROM settings
    UNION ALL
    SELECT person, ${dialect.whole(`(bucket + 1) * ${size}`)} AS at_ms, 0 AS is_setting, '' AS tie, '' AS set_plan,
      ${dialect.whole('bucket')} AS bucket, used_feature, ${dialect.whole('own_events')} AS own_events,
      ${dialect.whole('own_duration')} AS own_duration
    FROM uses
  ),
  grouped AS (
    SELECT person, is_setting, set_plan, bucket, used_feature, own_events, own_duration,
      SUM(is_setting) OVER (PARTITION BY person ORDER BY at_ms, is_setting, tie
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place
    FROM line
  ),
  planned AS (
    SELECT person, is_setting, bucket, used_feature, own_events, own_duration,
      MAX(set_plan) OVER (PARTITION BY person, place) AS person_plan
    FROM grouped
  )`;
}

/** Which rows count for a scope, and as what. */
const SCOPES = [
  { scope: 'all', plan: "''", feature: "''", where: '1 = 1' },
  { scope: 'plan', plan: 'person_plan', feature: "''", where: '1 = 1' },
  { scope: 'feature', plan: "''", feature: 'used_feature', where: "used_feature <> ''" },
  { scope: 'plan_feature', plan: 'person_plan', feature: 'used_feature', where: "used_feature <> ''" },
] as const;

/**
 * Events and people by period: of all, of each plan ('' is none), of each feature, and of features within plans. How many
 * people there are does not follow from a sum, so each scope is counted by itself.
 */
export function usageSql(dialect: Dialect, c: Convention, buckets: Buckets): string {
  const scopes = SCOPES.map(
    ({ scope, plan, feature, where }) => `
    SELECT '${scope}' AS scope, ${plan} AS plan, ${feature} AS feature, ${dialect.whole('bucket')} AS bucket,
      ${dialect.whole('SUM(own_events)')} AS events, ${dialect.whole('COUNT(DISTINCT person)')} AS users,
      ${dialect.whole("SUM(CASE WHEN used_feature = '' THEN 0 ELSE own_events END)")} AS uses,
      ${dialect.whole('SUM(own_duration)')} AS duration_ms
    FROM planned WHERE is_setting = 0 AND ${where} GROUP BY scope, plan, feature, bucket`,
  );
  const spine = `
    SELECT 'all' AS scope, '' AS plan, '' AS feature, ${dialect.whole('bucket')} AS bucket, ${dialect.whole('0')} AS events,
      ${dialect.whole('0')} AS users, ${dialect.whole('0')} AS uses, ${dialect.whole('0')} AS duration_ms
    FROM (${dialect.numbers(buckets.first, buckets.count)}) AS spine`;
  return `
WITH ${settingsSql(dialect, c, toMsOf(buckets))},
${plannedSql(dialect, c, buckets)},
  parts AS (${[...scopes, spine].join('\n    UNION ALL ')}),
  totals AS (
    SELECT bucket, scope, plan, feature, SUM(events) AS event_sum, SUM(users) AS user_sum, SUM(uses) AS use_sum,
      SUM(duration_ms) AS duration_sum
    FROM parts GROUP BY bucket, scope, plan, feature
  ),
  ranked AS (
    SELECT bucket, scope, plan, feature, event_sum, user_sum, use_sum, duration_sum,
      ROW_NUMBER() OVER (PARTITION BY bucket, scope, CASE WHEN scope = 'plan' THEN '' ELSE plan END
        ORDER BY event_sum DESC, feature, plan) AS place
    FROM totals
  )
SELECT ${periodSql(dialect, buckets)}, scope, plan, feature, event_sum, user_sum, use_sum, duration_sum
FROM ranked WHERE place <= ${MAX_FEATURES}`;
}

export const usageColumns: readonly string[] = [
  'granularity',
  'period_start',
  'scope',
  'plan',
  'feature',
  'events',
  'users',
  'feature_uses',
  'duration_ms',
];
