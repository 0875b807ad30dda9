import type { Warehouse } from './audit/warehouse.ts';
import { timeSql } from './audit/window.ts';

/**
 * Entries that one round takes: some 40 MB, and 2 s of two cores. A stage writes two a second and partition, however many
 * events there are, so seven stages with six partitions fill this in four minutes.
 */
const MAX_ENTRIES = 20_000;
const STEP_SECONDS = 10;

/** Where a window begins that holds so many entries and begins no earlier than `sinceMs`. */
export async function boundWindow(
  warehouse: Warehouse,
  sinceMs: number,
  maxEntries = MAX_ENTRIES,
): Promise<number> {
  const steps = await warehouse.rows<{ startMs: number; entries: number }>(
    `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfInterval(written_at, INTERVAL ${STEP_SECONDS} SECOND), 3, 'UTC')) AS startMs,
       count() AS entries
     FROM fineprint.pipeline_ledger WHERE written_at >= ${timeSql('since')} GROUP BY startMs ORDER BY startMs DESC`,
    { since: sinceMs },
  );
  let entries = 0;
  let beginsMs = Number.POSITIVE_INFINITY;
  for (const step of steps) {
    entries += step.entries;
    if (entries > maxEntries && beginsMs < Number.POSITIVE_INFINITY) return Math.max(sinceMs, beginsMs);
    beginsMs = step.startMs;
  }
  return sinceMs;
}
