import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';

export const grains = {
  quarter_hour: 900_000,
  day: 86_400_000,
} as const;
export type Grain = keyof typeof grains;

/** Windows that are to be counted anew: those in which events lie that were received since, and that are over. */
export interface Wanted {
  readonly grain: Grain;
  readonly receivedSinceMs: number;
  /** Only windows that ended by then. */
  readonly endedByMs: number;
  /** Not the windows before: what was counted in them may have expired by now. */
  readonly notBeforeMs: number;
}

/** A window's start of an event's time, as SQL. */
const windowOf = (grain: Grain): string =>
  `event_time - toIntervalMillisecond(positiveModulo(toUnixTimestamp64Milli(event_time), ${grains[grain]}))`;

const MS = (parameter: string) => `fromUnixTimestamp64Milli({${parameter}:Int64}, 'UTC')`;

/** The windows in which events of either table lie that were received since. */
const touched = (grain: Grain): string => {
  const of = (table: string) => `SELECT ${windowOf(grain)} AS w FROM fineprint.${table}
      WHERE received_at >= ${MS('since')} AND event_time >= ${MS('from')} AND event_time < ${MS('to')}`;
  return `${of('product_events')} UNION DISTINCT ${of('ai_requests')}`;
};

interface Bounds {
  readonly windows: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * Counts windows anew from all their events and stores them; resolves with how many. A row says all there is to say about
 * its window, and of two rows of a window the one of the run that was claimed later counts: repeats change nothing.
 */
export async function countWindows(warehouse: Warehouse, run: Run, wanted: Wanted): Promise<number> {
  const { grain } = wanted;
  const sizeMs = grains[grain];
  const range = {
    since: wanted.receivedSinceMs,
    from: Math.ceil(wanted.notBeforeMs / sizeMs) * sizeMs,
    to: Math.floor(wanted.endedByMs / sizeMs) * sizeMs,
  };
  const [bounds] = await warehouse.rows<Bounds>(
    `SELECT toInt32(count()) AS windows, toUnixTimestamp64Milli(min(w)) AS firstMs, toUnixTimestamp64Milli(max(w)) AS lastMs
     FROM (${touched(grain)})`,
    range,
    run.signal,
  );
  if (bounds === undefined || bounds.windows === 0) return 0;
  await warehouse.command(
    insertSql(grain),
    {
      ...range,
      first: bounds.firstMs,
      last: bounds.lastMs + sizeMs,
      computed: Math.floor(run.claimedAtMs),
    },
    run.signal,
  );
  return bounds.windows;
}

function insertSql(grain: Grain): string {
  const within = `event_time >= ${MS('first')} AND event_time < ${MS('last')} AND w IN (SELECT w FROM (${touched(grain)}))`;
  return `
    INSERT INTO fineprint.activity
      (grain, window_start, computed_at, events, events_by_kind, people, sessions, ai_requests, ai_errors, ai_tokens, ai_people)
    SELECT '${grain}', w, ${MS('computed')}, sum(e), sumMap(k), sum(p), sum(s), sum(r), sum(f), sum(t), sum(a)
    FROM (
      SELECT w, sum(n) AS e, sumMap(map(kind, toInt64(n))) AS k, 0 AS p, 0 AS s, 0 AS r, 0 AS f, 0 AS t, 0 AS a
      FROM (SELECT ${windowOf(grain)} AS w, kind, toInt64(count()) AS n FROM fineprint.product_events WHERE ${within} GROUP BY w, kind)
      GROUP BY w
      UNION ALL
      SELECT ${windowOf(grain)} AS w, 0, map(), uniqExactIf(person, person != ''), uniqExactIf(session_id, session_id IS NOT NULL), 0, 0, 0, 0
      FROM fineprint.product_events_by_person WHERE ${within} GROUP BY w
      UNION ALL
      SELECT ${windowOf(grain)} AS w, 0, map(), 0, 0, count(), countIf(NOT success), sum(total_tokens), uniqExactIf(subject, subject != '')
      FROM fineprint.ai_requests WHERE ${within} GROUP BY w
    )
    GROUP BY w`;
}

/** Days whose quarters do not add up to them: events came in late, and no run has seen them yet. */
export async function unevenDays(
  warehouse: Warehouse,
  run: Run,
  days: { readonly fromMs: number; readonly toMs: number },
): Promise<number[]> {
  const rows = await warehouse.rows<{ readonly dayMs: number }>(
    `SELECT toUnixTimestamp64Milli(d) AS dayMs FROM (
       SELECT window_start - toIntervalMillisecond(positiveModulo(toUnixTimestamp64Milli(window_start), ${grains.day})) AS d,
         sumIf(events + ai_requests, grain = 'day') AS whole, sumIf(events + ai_requests, grain = 'quarter_hour') AS parts
       FROM fineprint.activity FINAL WHERE window_start >= ${MS('from')} AND window_start < ${MS('to')} GROUP BY d
     ) WHERE whole != parts AND whole > 0 ORDER BY d`,
    { from: days.fromMs, to: days.toMs },
    run.signal,
  );
  return rows.map((row) => row.dayMs);
}
