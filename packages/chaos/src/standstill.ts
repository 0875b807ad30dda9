export interface Standstill {
  readonly table: string;
  readonly longestMs: number;
}

export interface StandstillWatch {
  look(stored: ReadonlyMap<string, number>, nowMs: number): void;
  /** Of the table that got nothing new for longest, from the first look to the last. */
  worst(): Standstill;
}

/** How long tables go without anything new, seen by looking again and again. */
export function watchStandstill(): StandstillWatch {
  const seen = new Map<string, { total: number; sinceMs: number }>();
  let worst: Standstill = { table: '', longestMs: 0 };
  return {
    look(stored, nowMs) {
      for (const [table, total] of stored) {
        const before = seen.get(table);
        const longestMs = nowMs - (before?.sinceMs ?? nowMs);
        if (longestMs > worst.longestMs) worst = { table, longestMs };
        if (before === undefined || total > before.total) seen.set(table, { total, sinceMs: nowMs });
      }
    },
    worst: () => worst,
  };
}
