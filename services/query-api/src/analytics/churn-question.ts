import type { VisitSummary } from '@fineprint/behaviour';
import type { Question } from '../clickhouse/warehouse.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { type Selector, selectorSql } from './selectors.ts';

export const DAY_MS = 86_400_000;
/** More sums of visits that differ are more than one answer may hold. */
export const MAX_GROUPS = 300_000;

export interface ChurnAsked {
  readonly visit: Selector;
  /** Whole UTC days since 1970: visits before `endDay` are known; those from `splitDay` on are held out of the test. */
  readonly splitDay: number;
  readonly endDay: number;
}

/** Groups of people in columns: repeats, recency and age in days, how many people, and of those that came after the split. */
export interface ChurnRow {
  readonly repeats: readonly number[];
  readonly recency: readonly number[];
  readonly age: readonly number[];
  readonly users: readonly number[];
  readonly back: readonly number[];
}

function daysSql({ visit, endDay }: ChurnAsked) {
  const selected = selectorSql('visit', visit);
  const groups = `
    SELECT ${RAW_IDS}, groupUniqArray(toInt32(intDiv(${EVENT_MS}, ${DAY_MS}))) AS own_days
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND ${selected.sql} AND event_time < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC')
    GROUP BY user_id, alias`;
  return {
    sql: byPerson('arraySort(groupUniqArrayArray(own_days)) AS visit_days', groups),
    values: { ...selected.values, end_ms: endDay * DAY_MS },
  };
}

const SUMMARY = `toInt32(length(days)) - 1 AS own_repeats, days[-1] - days[1] AS own_recency,
  {today:Int32} - days[1] AS own_age`;

/** People by what is known of their visits: now, or at the split. */
export function groupsQuestion(asked: ChurnAsked, at: 'now' | 'split'): Question {
  const { sql, values } = daysSql(asked);
  const known = at === 'now' ? 'visit_days' : 'arrayFilter(day -> day < {split:Int32}, visit_days)';
  return {
    query: `
      SELECT groupArray(own_repeats) AS repeats, groupArray(own_recency) AS recency, groupArray(own_age) AS age,
        groupArray(people) AS users, groupArray(came_back) AS back
      FROM (
        SELECT ${SUMMARY}, count() AS people, countIf(visit_days[-1] >= {split:Int32}) AS came_back
        FROM (SELECT visit_days, ${known} AS days FROM (${sql}))
        WHERE notEmpty(days)
        GROUP BY own_repeats, own_recency, own_age ORDER BY own_repeats, own_recency, own_age LIMIT ${MAX_GROUPS}
      )`,
    values: { ...values, split: asked.splitDay, today: at === 'now' ? asked.endDay : asked.splitDay },
  };
}

export interface PersonRow {
  readonly person: string;
  readonly own_repeats: number;
  readonly own_recency: number;
  readonly own_age: number;
}

/** Those of certain groups, in the order of the groups. */
export function peopleQuestion(asked: ChurnAsked, groups: readonly VisitSummary[], limit: number): Question {
  const { sql, values } = daysSql(asked);
  return {
    query: `
      SELECT person, ${SUMMARY},
        indexOf(arrayZip({repeats:Array(Int64)}, {recency:Array(Int64)}, {age:Array(Int64)}),
          (toInt64(own_repeats), toInt64(own_recency), toInt64(own_age))) AS place
      FROM (SELECT person, visit_days AS days FROM (${sql}))
      WHERE place > 0 ORDER BY place, person LIMIT {limit:UInt32}`,
    values: {
      ...values,
      today: asked.endDay,
      repeats: groups.map((group) => group.repeats),
      recency: groups.map((group) => group.recencyDays),
      age: groups.map((group) => group.ageDays),
      limit,
    },
  };
}
