import { Problem } from '../problem/problem.ts';

export const granularities = ['minute', 'hour', 'day', 'none'] as const;
export type Granularity = (typeof granularities)[number];

/** Half open: from ≤ t < to, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export const MAX_BUCKETS = 10_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Without buckets only the rows read bound a range. */
const MAX_RANGE_MS = 3_660 * DAY_MS;

export const bucketMs: Readonly<Record<Granularity, number | null>> = {
  minute: MINUTE_MS,
  hour: 3_600_000,
  day: DAY_MS,
  none: null,
};

/**
 * The range asked for, in whole minutes: one that begins or ends within a minute holds all of it. Without `to` it ends with
 * the current minute, so that equal questions within a minute are the same.
 */
export function resolveRange(
  given: { readonly from?: number | undefined; readonly to?: number | undefined },
  options: { readonly granularity: Granularity; readonly defaultMs: number; readonly nowMs: number },
): TimeRange {
  const toMs = given.to ?? (Math.floor(options.nowMs / MINUTE_MS) + 1) * MINUTE_MS;
  const fromMs = given.from ?? Math.max(0, toMs - options.defaultMs);
  if (fromMs >= toMs) throw new Problem('invalid_range', 'The range is empty.');
  const size = bucketMs[options.granularity];
  if (toMs - fromMs > MAX_RANGE_MS) {
    throw new Problem('range_too_large', `A range is at most ${MAX_RANGE_MS / DAY_MS} days.`);
  }
  if (size !== null && bucketCount({ fromMs, toMs }, size) > MAX_BUCKETS) {
    throw new Problem('range_too_large', `The range holds more than ${MAX_BUCKETS} buckets.`);
  }
  return {
    fromMs: Math.floor(fromMs / MINUTE_MS) * MINUTE_MS,
    toMs: Math.ceil(toMs / MINUTE_MS) * MINUTE_MS,
  };
}

export function bucketCount({ fromMs, toMs }: TimeRange, sizeMs: number): number {
  return Math.ceil(toMs / sizeMs) - Math.floor(fromMs / sizeMs);
}

/** Seconds of a bucket that lie within the range; the first and the last may be cut. */
export function secondsWithin(range: TimeRange, startMs: number | null, sizeMs: number | null): number {
  if (startMs === null || sizeMs === null) return (range.toMs - range.fromMs) / 1_000;
  return (Math.min(range.toMs, startMs + sizeMs) - Math.max(range.fromMs, startMs)) / 1_000;
}

export const isoOf = (ms: number): string => new Date(ms).toISOString();

export const rangeText = ({ fromMs, toMs }: TimeRange) => ({ from: isoOf(fromMs), to: isoOf(toMs) });
