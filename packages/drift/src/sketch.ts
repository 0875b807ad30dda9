import { DriftError } from './errors.ts';

/**
 * A histogram as a sketch stores it: bin indexes, ascending and distinct, greater index = greater values, and the
 * count of each. Bins that are not there are empty. Which values an index stands for is the sketch's own affair.
 */
export interface BinnedSketch {
  readonly bins: readonly number[];
  readonly counts: readonly number[];
}

/** The value that stands for a bin, such as `binValue` of @fineprint/ai-metrics. */
export type ValueOfBin = (bin: number) => number;

/** One bin of either of two sketches, with what both hold of it. */
export interface AlignedBin {
  readonly bin: number;
  readonly baseline: number;
  readonly current: number;
}

export function totalCount(sketch: BinnedSketch): number {
  checkSketch(sketch);
  let total = 0;
  for (const count of sketch.counts) total += count;
  return total;
}

/** Both sketches side by side, ascending. */
export function alignBins(baseline: BinnedSketch, current: BinnedSketch): AlignedBin[] {
  checkSketch(baseline);
  checkSketch(current);
  const aligned: AlignedBin[] = [];
  let left = 0;
  let right = 0;
  while (left < baseline.bins.length || right < current.bins.length) {
    const leftBin = baseline.bins[left] ?? Infinity;
    const rightBin = current.bins[right] ?? Infinity;
    const bin = Math.min(leftBin, rightBin);
    aligned.push({
      bin,
      baseline: leftBin === bin ? (baseline.counts[left] ?? 0) : 0,
      current: rightBin === bin ? (current.counts[right] ?? 0) : 0,
    });
    if (leftBin === bin) left += 1;
    if (rightBin === bin) right += 1;
  }
  return aligned;
}

function checkSketch({ bins, counts }: BinnedSketch): void {
  if (bins.length !== counts.length) {
    throw invalid(`a sketch needs as many counts as bins, got ${counts.length} and ${bins.length}`);
  }
  let previous = -Infinity;
  for (const bin of bins) {
    if (!Number.isFinite(bin) || bin <= previous) {
      throw invalid(`bins must be distinct numbers in ascending order, got ${bin} after ${previous}`);
    }
    previous = bin;
  }
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < 0)
      throw invalid(`a count must be a whole number ≥ 0, got ${count}`);
  }
}

function invalid(message: string): DriftError {
  return new DriftError('DRIFT_SKETCH_INVALID', message);
}
