/** What a chart draws: times in seconds, and for each line a value per time; null where there is none. */
export interface Lines {
  readonly seconds: readonly number[];
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

/** Rows of (time, name, value) as lines. Every time of the range is there: `missing` stands where no row is. */
export function linesOf<T>(
  rows: readonly T[],
  options: {
    readonly at: (row: T) => string | null;
    readonly name: (row: T) => string;
    readonly value: (row: T) => number | null;
    /** Of one time and name, where there are several rows. */
    readonly join?: (a: number, b: number) => number;
    readonly names?: readonly string[];
    readonly missing?: 0 | null;
    /** The times there should be; those of the rows if left out. */
    readonly grid?: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number };
  },
): Lines {
  const { missing = null, grid, join } = options;
  const times = new Set(grid === undefined ? [] : gridOf(grid));
  const found = new Map<string, Map<number, number | null>>((options.names ?? []).map((n) => [n, new Map()]));
  for (const row of rows) {
    const at = options.at(row);
    if (at === null) continue;
    const seconds = Date.parse(at) / 1_000;
    const name = options.name(row);
    if (options.names !== undefined && !found.has(name)) continue;
    const line = found.get(name) ?? new Map<number, number | null>();
    const value = options.value(row);
    const before = line.get(seconds);
    line.set(seconds, before == null || value === null || join === undefined ? value : join(before, value));
    found.set(name, line);
    times.add(seconds);
  }
  const seconds = [...times].sort((a, b) => a - b);
  return {
    seconds,
    lines: [...found].map(([name, line]) => ({ name, values: seconds.map((s) => line.get(s) ?? missing) })),
  };
}

function gridOf({ fromMs, toMs, stepMs }: { fromMs: number; toMs: number; stepMs: number }): number[] {
  const first = Math.ceil(fromMs / stepMs);
  const last = Math.ceil(toMs / stepMs);
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => ((first + i) * stepMs) / 1_000);
}

/** Each value divided: counts of a bucket as a rate. */
export const scaled = (lines: Lines, factor: number): Lines => ({
  ...lines,
  lines: lines.lines.map((l) => ({ ...l, values: l.values.map((v) => (v === null ? null : v * factor)) })),
});

/** The largest lines by their sums; the others are left out, and their number is told. */
export function largest(lines: Lines, limit: number): { readonly lines: Lines; readonly leftOut: number } {
  const sum = (values: readonly (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0);
  const sorted = [...lines.lines].sort((a, b) => sum(b.values) - sum(a.values));
  return { lines: { ...lines, lines: sorted.slice(0, limit) }, leftOut: Math.max(0, sorted.length - limit) };
}
