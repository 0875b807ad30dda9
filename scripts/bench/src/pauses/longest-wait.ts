/** The longest time that records of any one partition waited without its group moving. Pure. */
export interface LongestWait {
  /** What was seen of a partition: where its group goes on, and where it ends. */
  observe(group: string, partition: string, committed: number, end: number, atMs: number): void;
  /** Milliseconds by group since the last `reset`, what still waits included. */
  byGroup(atMs: number): Readonly<Record<string, number>>;
  /** How long the partition that has waited longest has by now. */
  waitingMs(group: string, atMs: number): number;
  reset(): void;
}

interface Seen {
  readonly group: string;
  committed: number;
  waitingSinceMs: number | null;
}

export function createLongestWait(): LongestWait {
  const seen = new Map<string, Seen>();
  const longest = new Map<string, number>();
  const note = (group: string, ms: number) => longest.set(group, Math.max(longest.get(group) ?? 0, ms));
  return {
    observe(group, partition, committed, end, atMs) {
      const key = `${group} ${partition}`;
      const before = seen.get(key) ?? { group, committed, waitingSinceMs: null };
      seen.set(key, before);
      if (before.waitingSinceMs !== null && committed > before.committed) {
        note(group, atMs - before.waitingSinceMs);
        before.waitingSinceMs = null;
      }
      before.committed = committed;
      if (end <= committed) before.waitingSinceMs = null;
      else before.waitingSinceMs ??= atMs;
    },
    byGroup(atMs) {
      for (const { group, waitingSinceMs } of seen.values())
        if (waitingSinceMs !== null) note(group, atMs - waitingSinceMs);
      return Object.fromEntries(longest);
    },
    waitingMs: (group, atMs) =>
      [...seen.values()]
        .filter((s) => s.group === group)
        .reduce((longest, s) => Math.max(longest, atMs - (s.waitingSinceMs ?? atMs)), 0),
    reset() {
      longest.clear();
      seen.clear();
    },
  };
}
