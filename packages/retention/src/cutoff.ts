import type { RetentionPolicy } from './policy.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Rows that were received before are to go: the beginning of a day (UTC), so that days go whole. */
export const cutoffOf = (nowMs: number, hours: number): number =>
  Math.floor((nowMs - hours * HOUR_MS) / DAY_MS) * DAY_MS;

/** When the job runs. */
const RUN_AT_MS = 3 * HOUR_MS;

/** The first run that removes a row received then. */
export function removedAt(receivedMs: number, hours: number, nowMs: number): number {
  const dayEnds = (Math.floor(receivedMs / DAY_MS) + 1) * DAY_MS;
  const earliest = Math.max(dayEnds + hours * HOUR_MS, nowMs);
  return Math.ceil((earliest - RUN_AT_MS) / DAY_MS) * DAY_MS + RUN_AT_MS;
}

/** Whole days for which figures can be computed again from events and AI requests. */
export const computableDays = ({ datasets }: RetentionPolicy): number =>
  Math.max(1, Math.floor(Math.min(datasets.product_events.hours, datasets.ai_requests.hours) / 24));
