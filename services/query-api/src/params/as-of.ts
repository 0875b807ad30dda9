import { time } from './fields.ts';
import { isoOf } from './time-range.ts';

const MINUTE_MS = 60_000;

/** A moment that tells open windows from closed ones. */
export const asOf = time(
  'Windows that end then or later count as open; the start of this minute if left out. Take it from a report, and its people agree.',
).optional();

/** By default the start of the current minute, so that equal questions within it have the same answer. */
export const asOfMs = (given: number | undefined, nowMs: number): number =>
  given ?? Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));
