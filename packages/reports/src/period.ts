import type { ReportKind } from './report.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Half open, UTC. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const monthOf = (ms: number, months: number): number => {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1);
};

/** The week (from Monday on) or month that holds a moment. */
export function periodOf(kind: ReportKind, ms: number): Period {
  if (kind === 'monthly') return { fromMs: monthOf(ms, 0), toMs: monthOf(ms, 1) };
  const fromMs = Math.floor((ms - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS;
  return { fromMs, toMs: fromMs + WEEK_MS };
}

export const periodBefore = (kind: ReportKind, { fromMs }: Period): Period => periodOf(kind, fromMs - 1);

/** The last whole week or month at a moment. */
export const lastWhole = (kind: ReportKind, nowMs: number): Period =>
  periodBefore(kind, periodOf(kind, nowMs));
