type Numbers = Readonly<Record<string, number>>;
type Names = Readonly<Record<string, string>>;

/** A metric's figures by dimension; they add up. */
export type Sums = readonly { readonly dimensions: Names; readonly measures: Numbers }[];

export interface SumChange {
  readonly dimensions: Names;
  readonly before: Numbers;
  readonly after: Numbers;
}

/** Where rows of `old` are replaced by those of `made`: every figure of `total` that changes. Sums within rounding are equal. */
export function compareSums(total: Sums, old: Sums, made: Sums): SumChange[] {
  const keyOf = (dimensions: Names) => JSON.stringify(Object.values(dimensions));
  const byKey = (sums: Sums) => new Map(sums.map((s) => [keyOf(s.dimensions), s]));
  const [totals, olds, mades] = [byKey(total), byKey(old), byKey(made)];
  const changes: SumChange[] = [];
  for (const key of new Set([...olds.keys(), ...mades.keys()])) {
    const some = mades.get(key) ?? olds.get(key);
    if (some === undefined) continue;
    const names = Object.keys(some.measures);
    const at = (sums: typeof totals, name: string) => sums.get(key)?.measures[name] ?? 0;
    const before = Object.fromEntries(names.map((n) => [n, at(totals, n)]));
    const after = Object.fromEntries(
      names.map((n) => [n, rounded(at(totals, n) - at(olds, n) + at(mades, n))]),
    );
    if (names.some((n) => rounded(at(mades, n) - at(olds, n)) !== 0))
      changes.push({ dimensions: some.dimensions, before, after });
  }
  return changes.sort((a, b) => keyOf(a.dimensions).localeCompare(keyOf(b.dimensions)));
}

const DECIMALS = 9;
const rounded = (n: number) => Number(n.toFixed(DECIMALS));
