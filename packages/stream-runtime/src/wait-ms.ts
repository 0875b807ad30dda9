/**
 * How long to wait for something that is due at a time of the wall clock, and never later than `mostMs` from now. A longer
 * wait means that the clock has been set back since: then it is due.
 */
export function waitMs(dueAtMs: number, nowMs: number, mostMs: number): number {
  const leftMs = dueAtMs - nowMs;
  return leftMs > mostMs ? 0 : Math.max(0, leftMs);
}
