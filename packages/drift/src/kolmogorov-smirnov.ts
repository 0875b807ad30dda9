import { DriftError } from './errors.ts';
import { kolmogorovPValue } from './kolmogorov-p-value.ts';
import { alignBins, type BinnedSketch, totalCount, type ValueOfBin } from './sketch.ts';

export interface KolmogorovSmirnov {
  /** The largest distance between the two cumulative shares, 0 to 1. */
  readonly statistic: number;
  readonly pValue: number;
  /** The value at which the distance is largest. */
  readonly at: number;
}

/** One step of both cumulative distributions: what each side holds up to and including `value`. */
interface Step {
  readonly value: number;
  readonly baseline: number;
  readonly current: number;
}

/**
 * Two-sample Kolmogorov–Smirnov test on sketches (N. V. Smirnov 1939). Both distributions are known exactly at the
 * bins' edges, so the statistic is a lower bound of the one on the raw values, short of it by no more than the
 * largest share that either side has in one bin; the p-value is an upper bound. Null when a side is empty.
 */
export function ksOfSketches(
  baseline: BinnedSketch,
  current: BinnedSketch,
  valueOfBin: ValueOfBin,
): KolmogorovSmirnov | null {
  const steps = alignBins(baseline, current).map((bin) => ({ ...bin, value: valueOfBin(bin.bin) }));
  return largestGap(steps, totalCount(baseline), totalCount(current));
}

/** The same test on the values themselves. */
export function ksOfSamples(
  baseline: readonly number[],
  current: readonly number[],
): KolmogorovSmirnov | null {
  const values = [
    ...checked(baseline).map((value) => ({ value, baseline: 1, current: 0 })),
    ...checked(current).map((value) => ({ value, baseline: 0, current: 1 })),
  ].sort((left, right) => left.value - right.value);
  const steps: Step[] = [];
  for (const value of values) {
    const last = steps.at(-1);
    if (last?.value !== value.value) steps.push(value);
    else steps[steps.length - 1] = merge(last, value);
  }
  return largestGap(steps, baseline.length, current.length);
}

function largestGap(steps: readonly Step[], n: number, m: number): KolmogorovSmirnov | null {
  const first = steps[0];
  if (first === undefined || n === 0 || m === 0) return null;
  let below = 0;
  let currentBelow = 0;
  // Times n · m: whole numbers, so that equal distances are equal.
  let gap = 0;
  let at = first.value;
  for (const { value, baseline, current } of steps) {
    below += baseline;
    currentBelow += current;
    const distance = Math.abs(below * m - currentBelow * n);
    if (distance > gap) {
      gap = distance;
      at = value;
    }
  }
  return { statistic: gap / n / m, pValue: Math.min(1, kolmogorovPValue(gap, n, m)), at };
}

function merge(left: Step, right: Step): Step {
  return {
    value: left.value,
    baseline: left.baseline + right.baseline,
    current: left.current + right.current,
  };
}

function checked(values: readonly number[]): readonly number[] {
  if (!values.every(Number.isFinite)) {
    throw new DriftError('DRIFT_SAMPLE_INVALID', 'a sample may hold numbers only; drop missing values first');
  }
  return values;
}
