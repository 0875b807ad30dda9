import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { type Period, periodIndex, periodName, periodStartMs } from '../time.ts';

/**
 * Columns of the matrix, in periods after the one of acquisition. n_day: back in exactly that period; unbounded: in it or
 * any later one; bracket: at least once from `from` to `to`, both inclusive.
 */
export type RetentionMode =
  | { readonly type: 'n_day' | 'unbounded'; readonly periods: number }
  | {
      readonly type: 'bracket';
      readonly brackets: readonly { readonly from: number; readonly to: number }[];
    };

export interface RetentionQuery {
  /** The event that makes someone a member of the cohort of the period of their first. */
  readonly acquired: EventPredicate;
  /** The event that counts as coming back; also the first one itself where it matches, in column 0. */
  readonly returned: EventPredicate;
  readonly period: Period;
  readonly mode: RetentionMode;
  /** Until when the events are complete. */
  readonly asOfMs: number;
}

export interface RetentionCell {
  readonly users: number;
  /** False while the column's time is not over: its count may still grow. */
  readonly complete: boolean;
}

export interface RetentionCohort {
  /** First day of the period: `2024-03-01`. */
  readonly cohort: string;
  readonly size: number;
  /** null: the column has not begun. */
  readonly cells: readonly (RetentionCell | null)[];
}

/** Repeated events change nothing: only whether, not how often, someone came back is asked. */
export function retention(events: readonly BehaviourEvent[], query: RetentionQuery): RetentionCohort[] {
  const firstMs = firstTimes(events, query.acquired);
  const cohorts = new Map<number, string[]>();
  for (const [subject, timeMs] of firstMs) {
    const cohort = periodIndex(timeMs, query.period);
    const members = cohorts.get(cohort);
    if (members === undefined) cohorts.set(cohort, [subject]);
    else members.push(subject);
  }
  const periods = returnPeriods(events, query, firstMs);
  const columns = retentionColumns(query.mode);
  return [...cohorts]
    .sort(([a], [b]) => a - b)
    .map(([cohort, members]) => {
      const sets = members.map((subject) => periods.get(subject) ?? NO_PERIODS);
      const cells = columns.map((column) =>
        retentionCell(
          cohort,
          column,
          query,
          () => sets.filter((set) => someBetween(set, cohort + column.from, cohort + column.to)).length,
        ),
      );
      return { cohort: periodName(cohort, query.period), size: members.length, cells };
    });
}

const NO_PERIODS: ReadonlySet<number> = new Set();

/** Periods after acquisition, both inclusive. */
export interface RetentionColumn {
  readonly from: number;
  readonly to: number;
}

export function retentionColumns(mode: RetentionMode): RetentionColumn[] {
  if (mode.type === 'bracket') return [...mode.brackets];
  const unbounded = mode.type === 'unbounded';
  return Array.from({ length: mode.periods + 1 }, (_, from) => ({
    from,
    to: unbounded ? Number.POSITIVE_INFINITY : from,
  }));
}

/** A cohort's cell of one column, of which `count` tells how many came back; it is asked only for columns that have begun. */
export function retentionCell(
  cohort: number,
  { from, to }: RetentionColumn,
  { period, asOfMs }: Pick<RetentionQuery, 'period' | 'asOfMs'>,
  count: () => number,
): RetentionCell | null {
  if (periodStartMs(cohort + from, period) > asOfMs) return null;
  const complete = Number.isFinite(to) && periodStartMs(cohort + to + 1, period) <= asOfMs;
  return { users: count(), complete };
}

function someBetween(set: ReadonlySet<number>, from: number, to: number): boolean {
  if (from === to) return set.has(from);
  for (const value of set) if (value >= from && value <= to) return true;
  return false;
}

/** Everyone's first matching event. */
export function firstTimes(events: readonly BehaviourEvent[], matches: EventPredicate): Map<string, number> {
  const firstMs = new Map<string, number>();
  for (const event of events) {
    const present = firstMs.get(event.subject);
    if ((present === undefined || event.timeMs < present) && matches(event)) {
      firstMs.set(event.subject, event.timeMs);
    }
  }
  return firstMs;
}

function returnPeriods(
  events: readonly BehaviourEvent[],
  { returned, period }: RetentionQuery,
  firstMs: ReadonlyMap<string, number>,
): Map<string, Set<number>> {
  const periods = new Map<string, Set<number>>();
  for (const event of events) {
    const since = firstMs.get(event.subject);
    if (since === undefined || event.timeMs < since || !returned(event)) continue;
    const own = periods.get(event.subject);
    const index = periodIndex(event.timeMs, period);
    if (own === undefined) periods.set(event.subject, new Set([index]));
    else own.add(index);
  }
  return periods;
}
