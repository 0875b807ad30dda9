import type { Convention } from '../convention.ts';
import { type Dialect, literals } from '../dialect.ts';
import { withPerson } from './persons.ts';

/** An amount per span as an amount per month, in millionths, rounded once, halves up. Null of a span that there is not. */
const monthly = (dialect: Dialect): string => `CASE
  WHEN span IN ('', 'month', 'monthly') THEN micros
  WHEN span IN ('year', 'yearly', 'annual') THEN ${dialect.divide('(micros * 2 + 12)', 24)}
  WHEN span IN ('quarter', 'quarterly') THEN ${dialect.divide('(micros * 2 + 3)', 6)}
  WHEN span IN ('week', 'weekly') THEN ${dialect.divide('(micros * 26 + 3)', 6)}
  WHEN span IN ('day', 'daily') THEN ${dialect.divide('(micros * 730 + 12)', 24)} END`;

/**
 * Common table expressions, `settings` the last: what each subscription is set to from a moment on. A subscription is a
 * person's, by its id. Only what it was set to last counts, so a repeat changes nothing, and the order of arrival is of no
 * account. An amount that is missing or negative sets nothing.
 *
 * No alias may have the name of a column that is used beside it: ClickHouse takes the alias, Snowflake the column.
 */
export function settingsSql(dialect: Dialect, c: Convention, endMs: number): string {
  const ends = `type IN ${literals(c.cancelled)}`;
  const sets = `type IN ${literals([...c.started, ...c.changed])}`;
  const columns = 'event_id, ms, type, micros, currency, plan, span, subscription_id, payment_id';
  return `
  money AS (${withPerson(dialect, columns, `SELECT * FROM (${dialect.moneyEvents(c)}) AS kept WHERE ms < ${endMs}`)}),
  priced AS (
    SELECT person, event_id, ms, type, currency, plan, subscription_id, ${monthly(dialect)} AS month_micros
    FROM money WHERE person <> '' AND (${ends} OR ${sets})
  ),
  settings AS (
    SELECT person, subscription_id, event_id, ms, currency, plan,
      CASE WHEN ${ends} THEN 1 ELSE 0 END AS ended,
      ${dialect.whole(`CASE WHEN ${ends} THEN 0 ELSE COALESCE(month_micros, 0) END`)} AS mrr
    FROM priced WHERE ${ends} OR month_micros >= 0
  )`;
}

const order = 'ORDER BY ms, event_id';

/**
 * Further expressions, `moves` the last: each change of what a person pays per month, in the order it happened, with what
 * it was before and the most it ever was. In each currency for itself: whoever changes it leaves one and comes into another.
 */
export function movesSql(dialect: Dialect): string {
  const before = `OVER (PARTITION BY person, subscription_id ${order} ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING)`;
  const own = (currency: string) => `PARTITION BY person, ${currency} ${order}, leg`;
  return `
  steps AS (
    SELECT person, event_id, ms, currency, ended, mrr,
      COALESCE(MAX(currency) ${before}, '') AS old_currency, COALESCE(MAX(mrr) ${before}, 0) AS old_mrr
    FROM settings
  ),
  legs AS (
    SELECT person, event_id, ms, currency AS leg_currency, 2 AS leg,
      ${dialect.whole('mrr - CASE WHEN old_currency = currency THEN old_mrr ELSE 0 END')} AS delta
    FROM steps WHERE ended = 0
    UNION ALL
    SELECT person, event_id, ms, old_currency AS leg_currency, 1 AS leg, ${dialect.whole('0 - old_mrr')} AS delta
    FROM steps WHERE old_mrr > 0 AND (ended = 1 OR old_currency <> currency)
  ),
  sums AS (
    SELECT person, event_id, ms, leg_currency AS currency, leg, delta,
      SUM(delta) OVER (${own('leg_currency')} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS mrr_after
    FROM legs WHERE delta <> 0
  ),
  moves AS (
    SELECT currency, ms, delta, mrr_after, mrr_after - delta AS mrr_before,
      COALESCE(MAX(mrr_after) OVER (${own('currency')} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS mrr_most
    FROM sums
  )`;
}
