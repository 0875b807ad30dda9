import { moneyNames } from './convention.ts';
import { type Dialect, hasName, literals } from './dialect.ts';

const units = (float: string) => `(${float}) * 1000000`;
/** Beyond this it is no money; the gateway takes no larger amount either. */
const MAX_AMOUNT = '1e15';
const at = (ms: number) => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;

/** The table that outlives product_events, which expire: a subscription is paid long after it began. */
const MONEY_TABLE = 'fineprint.business_money_events';

export const clickhouse: Dialect = {
  name: 'clickhouse',
  divide: (number, by) => `intDiv(${number}, ${by})`,
  whole: (number) => `toInt128(${number})`,
  millionths: (float) =>
    `toInt128(floor(${units(float)}) + CASE WHEN ${units(float)} - floor(${units(float)}) >= 0.5 THEN 1 ELSE 0 END)`,
  money: (millionths) => `toDecimal128(${millionths}, 6) / 1000000`,
  time: (ms) => `toDateTime(intDiv(${ms}, 1000), 'UTC')`,
  numbers: (first, count) => `SELECT toInt64(number) + ${first} AS bucket FROM numbers(${count})`,
  events: ({ fromMs, toMs }, where = '1 = 1') => `
    SELECT toString(event_id) AS event_id, toUnixTimestamp64Milli(event_time) AS ms, user_id,
      if(user_id IS NULL, anonymous_id, NULL) AS alias, toString(kind) AS kind, toString(event_name) AS event_name,
      if(kind = 'conversion', toString(ifNull(conversion_type, '')), toString(event_name)) AS type,
      if(kind = 'engagement', toString(ifNull(feature, '')), JSONExtractString(properties, 'feature')) AS feature,
      ifNull(engagement_duration_ms, 0) AS duration_ms
    FROM fineprint.product_events
    WHERE (user_id IS NOT NULL OR anonymous_id IS NOT NULL)
      AND event_time >= ${at(fromMs)} AND event_time < ${at(toMs)} AND ${where}`,
  moneyEvents: (convention) => `
    SELECT event_id, toUnixTimestamp64Milli(event_time) AS ms, user_id, alias, type, micros, currency, plan, span,
      subscription_id, payment_id
    FROM (SELECT toString(id) AS event_id, * EXCEPT (id) FROM ${MONEY_TABLE} FINAL)
    WHERE type IN ${literals(moneyNames(convention))}`,
  links: () =>
    'SELECT anonymous_id AS linked, argMax(user_id, revision) AS owner FROM fineprint.identity_links GROUP BY linked',
};

const NUMBER_TEXT = `if(kind = 'conversion', conversion_value, JSONExtract(properties, 'value', 'Nullable(Float64)'))`;
const currencyText = `upper(if(kind = 'conversion', toString(ifNull(currency, '')), JSONExtractString(properties, 'currency')))`;

/**
 * Brings money events that are not kept yet to the table that keeps them. Twice, or by two at a time, changes nothing:
 * the table holds one row per event.
 */
export function captureMoneyEvents(names: readonly string[]): string {
  return `
    INSERT INTO ${MONEY_TABLE}
      (id, event_time, received_at, user_id, alias, type, micros, currency, plan, span, subscription_id, payment_id)
    SELECT event_id, event_time, received_at, user_id, if(user_id IS NULL, anonymous_id, NULL),
      if(kind = 'conversion', toString(ifNull(conversion_type, '')), toString(event_name)) AS name,
      if(abs(${NUMBER_TEXT}) <= ${MAX_AMOUNT}, ${clickhouse.millionths(`assumeNotNull(${NUMBER_TEXT})`)}, NULL),
      if(match(${currencyText}, '^[A-Z]{3}$'), ${currencyText}, 'XXX'),
      JSONExtractString(properties, 'plan'), lower(JSONExtractString(properties, 'interval')),
      JSONExtractString(properties, 'subscription_id'), JSONExtractString(properties, 'payment_id')
    FROM fineprint.product_events
    WHERE ${hasName(names)} AND event_id NOT IN (SELECT id FROM ${MONEY_TABLE})`;
}
