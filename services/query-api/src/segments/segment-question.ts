import type { SegmentRule } from '@fineprint/behaviour';
import { AMOUNT_UNITS, HAS_AMOUNT } from '../analytics/amounts.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from '../analytics/persons.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { Problem } from '../problem/problem.ts';
import { ruleSql } from './rule-sql.ts';
import { createSqlValues, type SqlValues } from './sql-values.ts';

const DAY_MS = 86_400_000;
/** Without any event for so long, a person counts as gone. As in @fineprint/behaviour. */
const CHURNED_AFTER_DAYS = 30;
/** Values travel in the address of ClickHouse's query, which an HTTP server bounds. */
const MAX_VALUES_CHARS = 12_000;

export interface SegmentAsked {
  readonly rule: SegmentRule;
  /** Of lifetime values; others are left out, never converted. */
  readonly currency: string;
  readonly nowMs: number;
}

export interface FiguresRow {
  readonly users: number;
  /** Millionths. */
  readonly value: string;
  readonly converted: number;
  readonly gone: number;
}

/** The figures of a segment: one row. */
export function figuresQuestion(asked: SegmentAsked): Question {
  const values = createSqlValues();
  const since = values.whole(asked.nowMs - CHURNED_AFTER_DAYS * DAY_MS);
  return bounded(
    `SELECT count() AS users, toString(sum(value)) AS value, countIf(conversions > 0) AS converted,
      countIf(last_ms < ${since}) AS gone
    FROM (${membersSql(asked, values)})`,
    values,
  );
}

export interface MemberRow {
  readonly person: string;
  readonly value: string;
  readonly conversions: number;
  readonly last_ms: number;
}

/** Who belongs, in the order of persons. */
export function membersQuestion(asked: SegmentAsked, after: string, limit: number): Question {
  const values = createSqlValues();
  return bounded(
    `SELECT person, toString(value) AS value, conversions, last_ms FROM (${membersSql(asked, values)})
    WHERE person > ${values.text(after)} ORDER BY person LIMIT ${values.whole(limit)}`,
    values,
  );
}

function membersSql({ rule, currency, nowMs }: SegmentAsked, values: SqlValues): string {
  const { ofGroup, ofPerson, belongs } = ruleSql(rule, nowMs, values);
  const amount = `sumIf(${AMOUNT_UNITS}, ${HAS_AMOUNT} AND ifNull(currency = ${values.text(currency)}, false))`;
  const groups = `
    SELECT ${[RAW_IDS, `max(${EVENT_MS}) AS seen`, `countIf(kind = 'conversion') AS converted`, `${amount} AS paid`, ...ofGroup].join(',\n')}
    FROM fineprint.product_events
    WHERE ${HAS_ID}
    GROUP BY user_id, alias`;
  const columns = [
    'max(seen) AS last_ms',
    'sum(converted) AS conversions',
    'sum(paid) AS value',
    ...ofPerson,
  ];
  return `SELECT person, last_ms, conversions, value FROM (${byPerson(columns.join(',\n'), groups)}) WHERE ${belongs}`;
}

function bounded(query: string, { values }: SqlValues): Question {
  const address = new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [`param_${name}`, String(value)]),
  );
  if (String(address).length > MAX_VALUES_CHARS) {
    throw new Problem('query_too_large', 'The rule holds more names and values than one query may.');
  }
  return { query, values };
}
