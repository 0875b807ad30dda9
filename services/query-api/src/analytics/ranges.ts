import { time } from '../params/fields.ts';
import { resolveRange, type TimeRange } from '../params/time-range.ts';
import type { Condition } from './selectors.ts';

const DAY_MS = 86_400_000;

export const rangeFields = (defaultDays: number) => ({
  from: time(`The first moment; ${defaultDays} days before \`to\` if left out.`).optional(),
  to: time('The first moment after; the end of this minute if left out.').optional(),
});

export const daysRange = (
  given: { readonly from?: number | undefined; readonly to?: number | undefined },
  defaultDays: number,
  nowMs: number,
): TimeRange => resolveRange(given, { granularity: 'none', defaultMs: defaultDays * DAY_MS, nowMs });

export const rangeSql = ({ fromMs, toMs }: TimeRange): Condition => ({
  sql: `event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
  values: { from: fromMs, to: toMs },
});
