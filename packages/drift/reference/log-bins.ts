import type { BinnedSketch } from '../src/sketch.ts';

/** Bins as a log sketch with base `gamma` makes them: value v > 0 is in bin ⌈log_γ v⌉, whose upper edge is γ^bin. */
export function logBins(values: readonly number[], gamma: number): BinnedSketch {
  const counts = new Map<number, number>();
  for (const value of values) {
    const bin = Math.ceil(Math.log(value) / Math.log(gamma));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const bins = [...counts.keys()].sort((left, right) => left - right);
  return { bins, counts: bins.map((bin) => counts.get(bin) ?? 0) };
}
