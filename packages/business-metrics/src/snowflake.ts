import { moneyNames } from './convention.ts';
import { type Dialect, hasName, literals } from './dialect.ts';

const MAX_AMOUNT = '1e15';
const units = (float: string) => `(${float}) * 1000000`;
const millionths = (float: string) =>
  `CAST(FLOOR(${units(float)}) + CASE WHEN ${units(float)} - FLOOR(${units(float)}) >= 0.5 THEN 1 ELSE 0 END AS NUMBER(38, 0))`;
const at = (ms: number) => `TO_TIMESTAMP_NTZ('${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}')`;
const EVENT_MS = 'DATE_PART(EPOCH_MILLISECOND, event_time)';
const ALIAS = 'CASE WHEN user_id IS NULL THEN anonymous_id END';
const TYPE = `CASE WHEN kind = 'conversion' THEN COALESCE(conversion_type, '') ELSE event_name END`;
const property = (name: string) => `properties:${name}::VARCHAR`;

/** An amount as JSON has it: a number, and nothing else. */
const PROPERTY_VALUE = `CASE WHEN TYPEOF(properties:value) IN ('INTEGER', 'DECIMAL', 'DOUBLE') THEN properties:value::FLOAT END`;
const VALUE = `CASE WHEN kind = 'conversion' THEN conversion_value ELSE ${PROPERTY_VALUE} END`;
const CURRENCY = `UPPER(COALESCE(CASE WHEN kind = 'conversion' THEN currency ELSE ${property('currency')} END, ''))`;

/** Tables as snowflake-loader fills them. They do not expire, so money events are read where all others are. */
export const snowflake: Dialect = {
  name: 'snowflake',
  divide: (number, by) => `CAST(((${number}) - MOD(${number}, ${by})) / ${by} AS NUMBER(38, 0))`,
  whole: (number) => `CAST(${number} AS NUMBER(38, 0))`,
  millionths,
  money: (number) => `CAST(${number} AS NUMBER(38, 6)) / 1000000`,
  time: (ms) => `TO_TIMESTAMP_NTZ(CAST(${ms} AS NUMBER(38, 0)), 3)`,
  numbers: (first, count) =>
    `SELECT ROW_NUMBER() OVER (ORDER BY SEQ4()) - 1 + ${first} AS bucket FROM TABLE(GENERATOR(ROWCOUNT => ${count}))`,
  events: ({ fromMs, toMs }, where = '1 = 1') => `
    SELECT event_id, ${EVENT_MS} AS ms, user_id, ${ALIAS} AS alias, kind, event_name, ${TYPE} AS type,
      COALESCE(CASE WHEN kind = 'engagement' THEN feature ELSE ${property('feature')} END, '') AS feature,
      COALESCE(engagement_duration_ms, 0) AS duration_ms
    FROM product_events
    WHERE (user_id IS NOT NULL OR anonymous_id IS NOT NULL)
      AND event_time >= ${at(fromMs)} AND event_time < ${at(toMs)} AND ${where}`,
  moneyEvents(convention) {
    const names = moneyNames(convention);
    return `
    SELECT event_id, ${EVENT_MS} AS ms, user_id, ${ALIAS} AS alias, ${TYPE} AS type,
      CASE WHEN ABS(${VALUE}) <= ${MAX_AMOUNT} THEN ${millionths(VALUE)} END AS micros,
      CASE WHEN REGEXP_LIKE(${CURRENCY}, '[A-Z]{3}') THEN ${CURRENCY} ELSE 'XXX' END AS currency,
      COALESCE(${property('plan')}, '') AS plan, LOWER(COALESCE(${property('interval')}, '')) AS span,
      COALESCE(${property('subscription_id')}, '') AS subscription_id, COALESCE(${property('payment_id')}, '') AS payment_id
    FROM product_events WHERE ${hasName(names)} AND ${TYPE} IN ${literals(names)}`;
  },
  links: () => 'SELECT anonymous_id AS linked, user_id AS owner FROM identity_links',
};
