import type { BehaviourEvent } from '../event.ts';
import type { EventPredicate } from '../filter.ts';
import { DAY_MS, periodName } from '../time.ts';

const WEEK_DAYS = 7;
const MONTH_DAYS = 30;

export interface ActiveUsers {
  readonly day: string;
  /** Users active on that day, in the 7 days that end with it, and in the 30. */
  readonly dau: number;
  readonly wau: number;
  readonly mau: number;
}

export interface Stickiness {
  readonly days: readonly ActiveUsers[];
  /** Sums of daily users over sums of monthly (weekly) users: days with nobody weigh nothing. */
  readonly dauOverMau: number | null;
  readonly dauOverWau: number | null;
  readonly wauOverMau: number | null;
}

/** One row per UTC day in [fromMs, toMs). Give the 29 days before as well, or the first rows see only part of their month. */
export function stickinessOf(
  events: Iterable<BehaviourEvent>,
  isActive: EventPredicate,
  fromMs: number,
  toMs: number,
): Stickiness {
  const activeDays = new Map<string, Set<number>>();
  for (const event of events) {
    if (event.timeMs >= toMs || !isActive(event)) continue;
    const own = activeDays.get(event.subject) ?? new Set();
    activeDays.set(event.subject, own.add(Math.floor(event.timeMs / DAY_MS)));
  }
  const stays = [...activeDays.values()].flatMap((days) => staysOf([...days].sort((a, b) => a - b)));
  return stickinessOfStays(stays, fromMs, toMs);
}

/** Users who were active on a day (counted from 1970) and next so many days later; `gapDays` beyond 30 make no difference. */
export interface Stay {
  readonly day: number;
  readonly gapDays: number;
  readonly users: number;
}

function staysOf(days: readonly number[]): Stay[] {
  return days.map((day, i) => ({ day, gapDays: (days[i + 1] ?? Number.POSITIVE_INFINITY) - day, users: 1 }));
}

/** The same from what a database has counted. */
export function stickinessOfStays(stays: readonly Stay[], fromMs: number, toMs: number): Stickiness {
  const firstDay = Math.floor(fromMs / DAY_MS);
  const length = Math.max(0, Math.ceil(toMs / DAY_MS) - firstDay);
  const [dau, wau, mau] = [1, WEEK_DAYS, MONTH_DAYS].map((span) => countUsers(stays, firstDay, length, span));
  const days = Array.from({ length }, (_, i) => ({
    day: periodName(firstDay + i, 'day'),
    dau: dau?.[i] ?? 0,
    wau: wau?.[i] ?? 0,
    mau: mau?.[i] ?? 0,
  }));
  return {
    days,
    dauOverMau: ratio(days, 'dau', 'mau'),
    dauOverWau: ratio(days, 'dau', 'wau'),
    wauOverMau: ratio(days, 'wau', 'mau'),
  };
}

/** A user active on day d counts for d to d + span - 1; overlapping stretches count once. */
function countUsers(stays: readonly Stay[], firstDay: number, length: number, span: number): number[] {
  const changes = new Array<number>(length + 1).fill(0);
  const add = (day: number, change: number): void => {
    const place = Math.min(Math.max(day - firstDay, 0), length);
    changes[place] = (changes[place] ?? 0) + change;
  };
  for (const { day, gapDays, users } of stays) {
    add(day, users);
    add(day + Math.min(span, gapDays), -users);
  }
  let present = 0;
  return changes.slice(0, length).map((change) => {
    present += change;
    return present;
  });
}

type Count = 'dau' | 'wau' | 'mau';

function ratio(days: readonly ActiveUsers[], part: Count, whole: Count): number | null {
  const total = days.reduce((sum, day) => sum + day[whole], 0);
  return total === 0 ? null : days.reduce((sum, day) => sum + day[part], 0) / total;
}
