import type { Period, RetentionColumn, RetentionMode } from '@fineprint/behaviour';
import type { Question } from '../clickhouse/warehouse.ts';
import { type CohortRange, periodSql } from './periods.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { type Condition, type Selector, selectorSql } from './selectors.ts';

export interface RetentionRow {
  readonly cohort: number;
  readonly size: number;
  /** By column. */
  readonly users: readonly number[];
}

export interface RetentionAsked {
  readonly period: Period;
  readonly mode: RetentionMode;
  readonly columns: readonly RetentionColumn[];
  readonly range: CohortRange;
  readonly end: Condition;
  readonly start: Selector;
  readonly back: Selector;
}

/** No column is as far away. */
const NO_END = 1_000_000;

/**
 * One row per cohort. Of each raw id and period the first start and the last return say all there is to say: a period after
 * the cohort's own counts with any return, the cohort's own with one that is not before the start.
 */
export function retentionQuestion(asked: RetentionAsked): Question {
  const { period, range, end } = asked;
  const start = selectorSql('start', asked.start);
  const back = selectorSql('return', asked.back);
  const groups = `
    SELECT ${RAW_IDS}, ${periodSql(EVENT_MS, period)} AS place,
      minOrNullIf(${EVENT_MS}, ${start.sql}) AS first_start, maxOrNullIf(${EVENT_MS}, ${back.sql}) AS last_return
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND (${start.sql} OR ${back.sql}) AND ${end.sql}
    GROUP BY user_id, alias, place`;
  const persons = byPerson(
    `min(first_start) AS since,
     groupArrayIf((place, assumeNotNull(last_return)), last_return IS NOT NULL) AS returns`,
    groups,
  );
  const offsets = `
    SELECT ${periodSql('assumeNotNull(since)', period)} AS cohort,
      arrayDistinct(arrayMap(x -> x.1 - cohort, arrayFilter(x -> x.2 >= since, returns))) AS offsets
    FROM (${persons})
    WHERE since IS NOT NULL AND cohort >= {first:Int32} AND cohort < {end:Int32}`;
  return {
    query: `
      SELECT cohort, count() AS size, sumForEach(${columnsSql(asked.mode)}) AS users
      FROM (${offsets}) GROUP BY cohort ORDER BY cohort`,
    values: {
      ...start.values,
      ...back.values,
      ...end.values,
      first: range.first,
      end: range.end,
      from: asked.columns.map(({ from }) => from),
      to: asked.columns.map(({ to }) => Math.min(to, NO_END)),
    },
  };
}

/** Of one person: 1 in each column that they came back in. */
function columnsSql({ type }: RetentionMode): string {
  if (type === 'n_day') return 'arrayMap(x -> toUInt64(has(offsets, x)), {from:Array(Int32)})';
  if (type === 'unbounded') {
    // Nobody who never came back has a last return.
    return 'arrayMap(x -> toUInt64(notEmpty(offsets) AND arrayMax(offsets) >= x), {from:Array(Int32)})';
  }
  return `arrayMap((f, t) -> toUInt64(arrayExists(o -> o >= f AND o <= t, offsets)),
    {from:Array(Int32)}, {to:Array(Int32)})`;
}
