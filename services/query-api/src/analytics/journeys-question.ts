import { SESSION_GAP_MS } from '@fineprint/behaviour';
import type { Question } from '../clickhouse/warehouse.ts';
import type { TimeRange } from '../params/time-range.ts';
import { byPerson, EVENT_MS, HAS_ID, RAW_IDS } from './persons.ts';
import { rangeSql } from './ranges.ts';

export interface JourneysAsked {
  readonly direction: 'from' | 'to';
  readonly event?: string | undefined;
  readonly steps: number;
  readonly limit: number;
}

/** A path, or a link: those have a position and two steps. */
export interface JourneyRow {
  /** -1: a path. */
  readonly position: number;
  readonly steps: readonly string[];
  readonly sessions: number;
  /** Of all paths, or of all links, also those beyond the limit. */
  readonly kinds: number;
  readonly total: number;
}

/**
 * Paths are counted first, and links are taken from the counted paths. Ties are in the order of the steps' text, as
 * `journeysOf` of @fineprint/behaviour has them.
 */
export function journeysQuestion(asked: JourneysAsked, timeRange: TimeRange): Question {
  const range = rangeSql(timeRange);
  // UUIDToNum compares as the text of an id does; the UUID itself compares its second half first.
  const groups = `
    SELECT ${RAW_IDS}, groupArray((${EVENT_MS}, UUIDToNum(event_id), event_name)) AS seen
    FROM fineprint.product_events
    WHERE ${HAS_ID} AND ${range.sql}
    GROUP BY user_id, alias`;
  const sessions = `
    SELECT arrayJoin(arraySplit((event, gapMs) -> gapMs > ${SESSION_GAP_MS}, ordered, arrayDifference(ordered.1))).3 AS names
    FROM (${byPerson('arraySort(groupArrayArray(seen)) AS ordered', groups)})`;
  const paths = `
    SELECT ${pathSql(asked)} AS path, count() AS n FROM (${sessions}) WHERE notEmpty(path) GROUP BY path`;
  const place = asked.direction === 'from' ? 'i - 1' : 'length(path) - 1 - i';
  const parts = `
    SELECT arrayJoin(arrayConcat([(toInt32(-1), path)], arrayMap(
      i -> (toInt32(${place}), [path[i], path[i + 1]]), range(1, length(path))))) AS part, n
    FROM (${paths})`;
  return {
    query: `
      SELECT position, steps, sessions, kinds, total
      FROM (
        SELECT part.1 AS position, part.2 AS steps, sum(n) AS sessions, position < 0 AS is_path,
          count() OVER (PARTITION BY is_path) AS kinds, sum(sessions) OVER (PARTITION BY is_path) AS total,
          concat(if(is_path, '["', concat('[', toString(position), ',"')), arrayStringConcat(steps, '","'), '"]') AS text
        FROM (${parts}) GROUP BY position, steps
      )
      ORDER BY is_path DESC, sessions DESC, text LIMIT {limit:UInt32} BY is_path`,
    values: {
      ...range.values,
      limit: asked.limit,
      steps: asked.steps,
      ...(asked.event === undefined ? {} : { anchor: asked.event }),
    },
  };
}

/** A session's path, empty where it has no anchor; the same event again and again is one step. */
function pathSql({ direction, event }: JourneysAsked): string {
  const anchor = 'indexOf(names, {anchor:String})';
  const part =
    event === undefined
      ? 'names'
      : `if(${anchor} = 0, [], ${direction === 'from' ? `arraySlice(names, ${anchor})` : `arraySlice(names, 1, ${anchor})`})`;
  const steps = `arrayCompact(${part})`;
  return direction === 'from'
    ? `arraySlice(${steps}, 1, {steps:UInt32})`
    : `arrayReverse(arraySlice(arrayReverse(${steps}), 1, {steps:UInt32}))`;
}
