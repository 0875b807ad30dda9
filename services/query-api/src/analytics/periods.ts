import { PERIODS, type Period, periodIndex } from '@fineprint/behaviour';
import { z } from 'zod';
import { Problem } from '../problem/problem.ts';

const FIRST_MONDAY = 4;
const DAY_MS = 86_400_000;

/** The period's number as `periodIndex` of @fineprint/behaviour counts, of epoch milliseconds from 1970 on. */
export function periodSql(ms: string, period: Period): string {
  const day = `intDiv(${ms}, ${DAY_MS})`;
  if (period === 'day') return `toInt32(${day})`;
  // From the Monday before 1970, so that the division never rounds a negative number.
  if (period === 'week') return `toInt32(intDiv(${day} + ${7 - FIRST_MONDAY}, 7)) - 1`;
  const date = `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;
  return `toInt32((toYear(${date}) - 1970) * 12 + toMonth(${date}) - 1)`;
}

export const periodField = (byDefault: Period) =>
  z.enum(PERIODS).default(byDefault).meta({ description: 'UTC days, ISO weeks, or months.' });

const MAX_COHORTS = 400;

export interface CohortRange {
  readonly first: number;
  /** Not included. */
  readonly end: number;
}

/** Cohorts whose period holds a moment of the range; without `from` the last ones, as many as there are columns. */
export function cohortRange(
  given: { readonly from?: number | undefined; readonly to?: number | undefined },
  period: Period,
  columns: number,
  asOfMs: number,
): CohortRange {
  const end = periodIndex(given.to === undefined ? asOfMs : given.to - 1, period) + 1;
  const first = given.from === undefined ? Math.max(0, end - columns) : periodIndex(given.from, period);
  if (first >= end) throw new Problem('invalid_range', 'The range is empty.');
  if (end - first > MAX_COHORTS) {
    throw new Problem('range_too_large', `The range holds more than ${MAX_COHORTS} cohorts.`);
  }
  return { first, end };
}
