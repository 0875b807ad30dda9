import type { SentRequest } from './ai-requests.ts';

/** PSI and KS from the requests themselves, by their definitions and without the product's code. */

const GAMMA = 1.02;
const DECILES = 10;

/** A sketch tells values apart by cells that are 2 % wide; zero has one of its own. */
const cellOf = (value: number): number =>
  value === 0 ? Number.NEGATIVE_INFINITY : Math.ceil(Math.log(value) / Math.log(GAMMA));

/** Σ (q − p) ln(q / p) over groups; half a value is added to each group. */
export function psiOfGroups(baseline: readonly string[], current: readonly string[]): number {
  const groups = [...new Set([...baseline, ...current])];
  const share = (of: readonly string[], group: string) =>
    (of.filter((g) => g === group).length + 0.5) / (of.length + 0.5 * groups.length);
  return groups
    .map((group) => [share(baseline, group), share(current, group)] as const)
    .reduce((psi, [p, q]) => psi + (q - p) * Math.log(q / p), 0);
}

/** PSI over the baseline's deciles, to whole cells: a cell belongs to the decile in which its lower edge lies. */
export function psiOfValues(baseline: readonly number[], current: readonly number[]): number {
  const sorted = baseline.map(cellOf).sort((a, b) => a - b);
  const largest = sorted.at(-1) ?? Number.NaN;
  const decileOf = (value: number): string => {
    const cell = cellOf(value);
    if (cell > largest) return 'above';
    // The last cell of the baseline at or below this one, and how many baseline values lie before it.
    const own = sorted.findLast((c) => c <= cell);
    if (own === undefined) return 'below';
    return String(Math.floor((sorted.indexOf(own) * DECILES) / sorted.length));
  };
  return psiOfGroups(baseline.map(decileOf), current.map(decileOf));
}

/** The largest distance of the two cumulative shares, over the values as they are. */
export function ksOfValues(baseline: readonly number[], current: readonly number[]): number {
  const sorted = [baseline, current].map((side) => [...side].sort((a, b) => a - b));
  const seen = [0, 0];
  let largest = 0;
  for (const value of [...baseline, ...current].sort((a, b) => a - b)) {
    const shares = sorted.map((side, i) => {
      while ((side[seen[i] ?? 0] ?? Number.POSITIVE_INFINITY) <= value) seen[i] = (seen[i] ?? 0) + 1;
      return (seen[i] ?? 0) / side.length;
    });
    largest = Math.max(largest, Math.abs((shares[0] ?? 0) - (shares[1] ?? 0)));
  }
  return largest;
}

/** By so much at most a sketch's KS may fall short: what the fullest cell holds of either side. */
export function fullestCell(...sides: readonly (readonly number[])[]): number {
  return Math.max(
    ...sides.map((values) => {
      const cells = Map.groupBy(values, cellOf);
      return Math.max(...[...cells.values()].map((cell) => cell.length)) / values.length;
    }),
  );
}

export const outcomesOf = (requests: readonly SentRequest[]): string[] =>
  requests.map((r) => r.error_type ?? 'answered');
