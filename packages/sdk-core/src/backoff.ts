export interface BackoffLimits {
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** A gateway that asks for more is taken at this. */
const MAX_RETRY_AFTER_MS = 3_600_000;
/** What comes on top of Retry-After, so that not everybody returns in the same moment. */
const RETRY_AFTER_SPREAD = 0.2;

/**
 * How long to wait after the `attempt`-th failure in a row (from 1): doubling up to the limit, half of it at random, and
 * never less than the gateway asked for.
 */
export function nextDelayMs(
  attempt: number,
  retryAfterMs: number | null,
  random: number,
  limits: BackoffLimits,
): number {
  const full = Math.min(limits.maxDelayMs, limits.baseDelayMs * 2 ** Math.min(30, attempt - 1));
  const own = full * (0.5 + random / 2);
  if (retryAfterMs === null) return Math.round(own);
  const asked = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs);
  return Math.round(Math.max(own, asked * (1 + random * RETRY_AFTER_SPREAD)));
}

/** Retry-After: seconds or an HTTP date; null where there is none that can be read. */
export function parseRetryAfter(text: string | null, nowMs: number): number | null {
  if (text === null || text.trim() === '') return null;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - nowMs : seconds * 1_000;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
