import type { Convention } from './convention.ts';

/** Half open, epoch milliseconds. */
export interface EventRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What warehouses say differently. Everything else is the same SQL, so a figure means the same in each. Dividing whole
 * numbers is here because Snowflake rounds a quotient at its sixth digit, and money because floats are not exact.
 */
export interface Dialect {
  readonly name: 'clickhouse' | 'snowflake';
  /** Of whole numbers that are not negative, rounded down. */
  divide(number: string, by: number): string;
  /** A whole number wide enough for sums of money. */
  whole(number: string): string;
  /** A float as a whole number of millionths, halves up. */
  millionths(float: string): string;
  /** Millionths as an exact decimal with six digits. */
  money(millionths: string): string;
  /** Epoch milliseconds as a time. */
  time(ms: string): string;
  /** Rows of one column `bucket`: `count` whole numbers from `first` on. */
  numbers(first: number, count: number): string;
  /**
   * Product events of somebody: event_id (text), ms, user_id, alias (the anonymous id where there is no user), kind,
   * event_name, type (conversion_type or event_name), feature, duration_ms.
   */
  events(range: EventRange, where?: string): string;
  /**
   * Events of the convention's money names, of all time: event_id, ms, user_id, alias, type, micros (or null), currency,
   * plan, span, subscription_id, payment_id; never null but for micros and ids.
   */
  moneyEvents(convention: Convention): string;
  /** Rows of anonymous id and the user it belongs to: linked, owner. */
  links(): string;
}

/** Names as a list of literals. They hold no quotes and no backslashes (`readConvention`). */
export const literals = (names: readonly string[]): string =>
  names.length === 0 ? "('')" : `(${names.map((name) => `'${literal(name)}'`).join(', ')})`;

function literal(name: string): string {
  if (/['\\]/.test(name)) throw new Error('a name with a quote or a backslash is no literal');
  return name;
}

/** Whether an event has one of these names, said so that a table sorted by event_name is not read whole. */
export const hasName = (names: readonly string[]): string =>
  `event_name IN ${literals([...names, 'conversion'])} AND ` +
  `CASE WHEN kind = 'conversion' THEN conversion_type ELSE event_name END IN ${literals(names)}`;

/** Who a row is about, of rows with user_id and alias joined with the links. The same persons as product_events_by_person. */
export const PERSON = `COALESCE(CASE WHEN user_id IS NOT NULL THEN 'u:' || user_id
  WHEN COALESCE(owner, '') <> '' THEN 'u:' || owner ELSE 'a:' || alias END, '')`;
