const DAY_MS = 86_400_000;

/**
 * From when on windows are counted anew. An event expires by when it was received, which is never long before it happened:
 * of what happened since then, nothing has.
 */
export const keptFromMs = (nowMs: number, retentionDays: number): number =>
  Math.max(0, nowMs - (retentionDays - 1) * DAY_MS);
