/** What is looked at, by when records were received. */
export interface AuditWindow {
  /** 0: everything. */
  readonly sinceMs: number;
  /** Only entries written before; null: up to now. */
  readonly untilMs: number | null;
}

export const timeSql = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`;
