/** What is looked at, by when records were received. */
export interface AuditWindow {
  /** 0: everything. */
  readonly sinceMs: number;
  /** Only entries written before; null: up to now. */
  readonly untilMs: number | null;
}

/** Rows are not older than what they speak of, but for clocks that differ. Bounds what a query has to read. */
export const CLOCK_MARGIN_MS = 300_000;

export const timeSql = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
