import { DriftError } from './errors.ts';
import { alignBins, type BinnedSketch, totalCount } from './sketch.ts';

/** Added to every count, so that an empty bin is unlikely rather than impossible (Jeffreys' prior). */
export const PSI_SMOOTHING = 0.5;
/** Bins of the baseline's quantiles; ten is the convention (Siddiqi). */
export const PSI_BINS = 10;
const BELOW = -1;
const ABOVE = PSI_BINS;

/**
 * Population stability index of two histograms over the same bins: Σ (qᵢ − pᵢ) ln(qᵢ / pᵢ), the symmetric
 * Kullback–Leibler (Jeffreys) divergence; N. Siddiqi, "Credit Risk Scorecards", 2006. Shares are
 * (count + ½) / (n + ½ bins). Null when a side is empty or there is no bin.
 */
export function psiOfCounts(baseline: readonly number[], current: readonly number[]): number | null {
  if (baseline.length !== current.length) {
    throw new DriftError(
      'DRIFT_SKETCH_INVALID',
      `both sides need the same bins, got ${baseline.length} and ${current.length}`,
    );
  }
  const baselineTotal = total(baseline);
  const currentTotal = total(current);
  if (baselineTotal === 0 || currentTotal === 0) return null;
  const smoothed = PSI_SMOOTHING * baseline.length;
  let psi = 0;
  for (const [index, count] of baseline.entries()) {
    const p = (count + PSI_SMOOTHING) / (baselineTotal + smoothed);
    const q = ((current[index] ?? 0) + PSI_SMOOTHING) / (currentTotal + smoothed);
    psi += (q - p) * Math.log(q / p);
  }
  return psi;
}

/** PSI of named shares, such as the mix of error types. A name missing on one side counts 0 there. */
export function psiOfCategories(
  baseline: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
): number | null {
  const names = [...new Set([...baseline.keys(), ...current.keys()])];
  return psiOfCounts(
    names.map((name) => baseline.get(name) ?? 0),
    names.map((name) => current.get(name) ?? 0),
  );
}

/**
 * PSI of two sketches over the baseline's deciles, as near to them as whole sketch bins allow, and one bin each for
 * what lies below and above everything in the baseline: without these a constant baseline could not drift.
 */
export function psiOfSketches(baseline: BinnedSketch, current: BinnedSketch): number | null {
  const aligned = alignBins(baseline, current);
  const baselineTotal = totalCount(baseline);
  const groups = new Map<number, { baseline: number; current: number }>();
  let group = BELOW;
  let seen = 0;
  for (const bin of aligned) {
    if (seen === baselineTotal) group = ABOVE;
    // A sketch bin is never split: it belongs to the decile of its lower edge.
    else if (bin.baseline > 0) group = Math.floor((seen * PSI_BINS) / baselineTotal);
    const sums = groups.get(group) ?? { baseline: 0, current: 0 };
    sums.baseline += bin.baseline;
    sums.current += bin.current;
    seen += bin.baseline;
    groups.set(group, sums);
  }
  const filled = [...groups.values()].filter((sums) => sums.baseline + sums.current > 0);
  return psiOfCounts(
    filled.map((sums) => sums.baseline),
    filled.map((sums) => sums.current),
  );
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new DriftError('DRIFT_SKETCH_INVALID', `a count must be a whole number ≥ 0, got ${count}`);
    }
    sum += count;
  }
  return sum;
}
