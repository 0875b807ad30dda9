import type { TimeRange } from '../params/time-range.ts';

export const levels = ['minute', 'hour', 'day'] as const;
export type Level = (typeof levels)[number];
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
const SIZE_MS: Readonly<Record<Level, number>> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };

/** A part of a range that whole windows of one level fill. */
export interface Span extends TimeRange {
  readonly level: Level;
}

/** A range as few, large windows: whole days in the middle, whole hours around them, minutes at the edges. */
export function cover(range: TimeRange, coarsest: Level): Span[] {
  if (range.fromMs >= range.toMs) return [];
  const size = SIZE_MS[coarsest];
  const fromMs = Math.ceil(range.fromMs / size) * size;
  const toMs = Math.floor(range.toMs / size) * size;
  const finer = levels[levels.indexOf(coarsest) - 1];
  if (finer === undefined) return [{ level: coarsest, ...range }];
  if (fromMs >= toMs) return cover(range, finer);
  return [
    ...cover({ fromMs: range.fromMs, toMs: fromMs }, finer),
    { level: coarsest, fromMs, toMs },
    ...cover({ fromMs: toMs, toMs: range.toMs }, finer),
  ];
}
