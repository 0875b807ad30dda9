import { z } from 'zod';
import { time, wholeNumber } from '../params/fields.ts';
import { Problem } from '../problem/problem.ts';

const DAY_MS = 86_400_000;
/** The longest that the dashboard offers, and a day: the books are kept for a year. */
const MAX_RANGE_MS = 366 * DAY_MS;
const MAX_BUCKETS = 500;

/** A range of the books, in steps. */
export const bucketFields = {
  from: time('From here; an hour before `to` if left out.').optional(),
  to: time('Until before this moment; now if left out.').optional(),
  step_seconds: wholeNumber({ min: 5, max: 86_400, byDefault: 60, description: 'Length of a bucket' }),
};

export interface Buckets {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Whole steps that hold the range asked for. */
export function bucketsOf(
  given: {
    readonly from?: number | undefined;
    readonly to?: number | undefined;
    readonly step_seconds: number;
  },
  nowMs: number,
): Buckets {
  const stepMs = given.step_seconds * 1_000;
  const to = given.to ?? nowMs;
  const from = given.from ?? Math.max(0, to - 3_600_000);
  if (from >= to) throw new Problem('invalid_range', 'The range is empty.');
  if (to - from > MAX_RANGE_MS)
    throw new Problem('range_too_large', `A range is at most ${MAX_RANGE_MS / DAY_MS} days.`);
  const fromMs = Math.floor(from / stepMs) * stepMs;
  const toMs = Math.ceil(to / stepMs) * stepMs;
  if ((toMs - fromMs) / stepMs > MAX_BUCKETS)
    throw new Problem('range_too_large', `The range holds more than ${MAX_BUCKETS} buckets.`);
  return { fromMs, toMs, stepMs };
}

/** The start of a time's bucket, in SQL: parameters `from` and `step` in milliseconds. */
export const bucketSql = (column: string): string =>
  `intDiv(toUnixTimestamp64Milli(${column}), {step:Int64}) * {step:Int64}`;

export const rangeSql = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ${column} < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;

export const bucketValues = ({ fromMs, toMs, stepMs }: Buckets) => ({ from: fromMs, to: toMs, step: stepMs });

export const rangeAnswer = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });
