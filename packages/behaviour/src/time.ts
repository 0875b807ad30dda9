export const DAY_MS = 86_400_000;

export const PERIODS = ['day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

/** 1970-01-05, the first Monday. */
const FIRST_MONDAY = 4;

/** The number of the UTC period that a time falls in; weeks begin on Monday, as in ISO 8601. Neighbours differ by 1. */
export function periodIndex(timeMs: number, period: Period): number {
  const day = Math.floor(timeMs / DAY_MS);
  if (period === 'day') return day;
  if (period === 'week') return Math.floor((day - FIRST_MONDAY) / 7);
  const date = new Date(timeMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** When the period begins. */
export function periodStartMs(index: number, period: Period): number {
  if (period === 'day') return index * DAY_MS;
  if (period === 'week') return (index * 7 + FIRST_MONDAY) * DAY_MS;
  return Date.UTC(1970, index, 1);
}

/** `2024-03-01`, the period's first day. */
export function periodName(index: number, period: Period): string {
  return new Date(periodStartMs(index, period)).toISOString().slice(0, 10);
}
