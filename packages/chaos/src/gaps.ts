/** When something new was stored, by table, in milliseconds of one clock. */
export type ProgressTimes = ReadonlyMap<string, readonly number[]>;

export interface Gap {
  readonly table: string;
  /** The longest time without anything new in the table, from the last news before the fault on. */
  readonly longestMs: number;
  /** From the fault's end until that standstill was over; 0 where it was over before. */
  readonly resumedAfterMs: number;
}

export interface FaultTime {
  readonly startMs: number;
  readonly endMs: number;
  /** What begins later has to do with something else. What was on its way is still stored for a while after a fault. */
  readonly watchedUntilMs: number;
}

/** The worst table of one fault; null where nothing was ever stored after it. */
export function gapOf(progress: ProgressTimes, fault: FaultTime): Gap | null {
  const gaps = [...progress].map(([table, times]) => gapIn(table, times, fault));
  if (gaps.some((gap) => gap === null)) return null;
  return gaps.reduce<Gap | null>(
    (worst, gap) => (worst === null || (gap?.longestMs ?? 0) > worst.longestMs ? gap : worst),
    null,
  );
}

function gapIn(table: string, times: readonly number[], fault: FaultTime): Gap | null {
  const { startMs, endMs, watchedUntilMs } = fault;
  if (!times.some((t) => t > endMs)) return null;
  const before = times.findLast((t) => t <= startMs) ?? startMs;
  const marks = [before, ...times.filter((t) => t > startMs)];
  let longest: Gap = { table, longestMs: 0, resumedAfterMs: 0 };
  for (const [i, to] of marks.entries()) {
    const from = marks[i - 1];
    if (from === undefined) continue;
    if (from >= watchedUntilMs) break;
    if (to - from <= longest.longestMs) continue;
    longest = { table, longestMs: to - from, resumedAfterMs: Math.max(0, to - endMs) };
  }
  return longest;
}

const WATCHED_MS = 30_000;

/** Each fault is watched until the next one begins, for half a minute at most. */
export function watchedUntil(
  faults: readonly { readonly startMs: number; readonly endMs: number }[],
  fault: { readonly endMs: number },
): number {
  const next = faults.map((f) => f.startMs).filter((startMs) => startMs >= fault.endMs);
  return Math.min(fault.endMs + WATCHED_MS, ...next);
}
