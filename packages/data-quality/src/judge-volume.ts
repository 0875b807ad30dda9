import type { Verdict } from './judge.ts';
import type { RuleOf } from './rule.ts';
import type { Window } from './rule-question.ts';

/** Rows of an hour: week 0 is the window, 1 the week before. Week -1 holds the time of the first row there is. */
export interface HourRow {
  readonly week: number;
  readonly hour: number;
  readonly rows: number;
}

interface JudgedHour {
  readonly hour: string;
  readonly rows: number;
  readonly median: number;
  readonly deviation: number;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 604_800_000;
/** Of the weeks before, those without any row at all in the table do not count; so many must. */
const MIN_WEEKS = 3;
/** MAD of a normal distribution is this part of its standard deviation. */
const MAD_TO_SIGMA = 1.4826;
const MAX_HOURS_TOLD = 24;

/** Each hour against the same one of earlier weeks, by median and MAD: one strange week among them changes little. */
export function judgeVolume(rule: RuleOf<'volume'>, found: readonly HourRow[], window: Window): Verdict {
  const firstMs = found.find((r) => r.week === -1)?.rows ?? 0;
  const counts = new Map(found.map((r) => [`${r.week}/${r.hour}`, r.rows]));
  const rowsOf = (week: number, hour: number) => counts.get(`${week}/${hour}`) ?? 0;
  const hours = Array.from({ length: rule.windowHours }, (_, hour) => hour);
  const judged: JudgedHour[] = [];
  for (const hour of hours) {
    const startMs = window.fromMs + hour * HOUR_MS;
    const weeks = Array.from({ length: rule.weeks }, (_, i) => i + 1);
    const before = weeks
      .filter((week) => firstMs > 0 && startMs - week * WEEK_MS >= firstMs)
      .map((week) => rowsOf(week, hour));
    const median = medianOf(before);
    if (before.length < MIN_WEEKS || median < rule.minRows) continue;
    const rows = rowsOf(0, hour);
    judged.push({ hour: new Date(startMs).toISOString(), rows, median, deviation: deviation(rows, before) });
  }
  const bad = judged.filter((h) => isBad(rule, h));
  const worst = judged.reduce((a, h) => Math.max(a, towards(rule, h.deviation)), 0);
  return {
    status: judged.length === 0 ? 'not_enough_data' : bad.length > 0 ? 'fail' : 'pass',
    rows: hours.reduce((sum, hour) => sum + rowsOf(0, hour), 0),
    bad: bad.length,
    value: judged.length === 0 ? null : worst,
    threshold: rule.tolerance,
    samples: [],
    details: { hours_judged: judged.length, bad_hours: bad.slice(0, MAX_HOURS_TOLD) },
  };
}

/** In robust standard deviations, with a sign. Counts scatter by their square root at least. */
export function deviation(rows: number, before: readonly number[]): number {
  const median = medianOf(before);
  const mad = medianOf(before.map((n) => Math.abs(n - median)));
  return (rows - median) / Math.max(MAD_TO_SIGMA * mad, Math.sqrt(median), 1);
}

/** How far it lies in the direction that the rule is about. */
function towards({ direction }: RuleOf<'volume'>, by: number): number {
  if (direction === 'both') return Math.abs(by);
  return Math.max(0, direction === 'drop' ? -by : by);
}

const isBad = (rule: RuleOf<'volume'>, { rows, median, deviation: by }: JudgedHour): boolean =>
  towards(rule, by) > rule.tolerance && Math.abs(rows - median) >= rule.minDeviationShare * median;

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (i: number) => sorted[i] ?? 0;
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? at(Math.floor(middle)) : (at(middle - 1) + at(middle)) / 2;
}
