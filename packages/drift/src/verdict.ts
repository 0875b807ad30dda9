import { type KolmogorovSmirnov, ksOfSketches } from './kolmogorov-smirnov.ts';
import { psiOfCategories, psiOfSketches } from './psi.ts';
import type { DriftSettings } from './settings.ts';
import { type BinnedSketch, totalCount, type ValueOfBin } from './sketch.ts';

export const DRIFT_LEVELS = ['stable', 'moderate', 'major'] as const;
export type DriftLevel = (typeof DRIFT_LEVELS)[number];

export interface DriftMeasurement {
  readonly verdict: DriftLevel | 'not_enough_data';
  readonly baselineCount: number;
  readonly currentCount: number;
  /** Null only when a side is empty. Reported below the minimum too, without a verdict. */
  readonly psi: number | null;
  /** Null for categories, or when a side is empty. */
  readonly ks: KolmogorovSmirnov | null;
}

/** Drift of a number: confidence, latency, a length. */
export function measureDrift(
  baseline: BinnedSketch,
  current: BinnedSketch,
  valueOfBin: ValueOfBin,
  settings: DriftSettings,
): DriftMeasurement {
  const psi = psiOfSketches(baseline, current);
  const ks = ksOfSketches(baseline, current, valueOfBin);
  return judge(totalCount(baseline), totalCount(current), psi, ks, settings);
}

/** Drift of a mix: counts by error type. */
export function measureCategoryDrift(
  baseline: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
  settings: DriftSettings,
): DriftMeasurement {
  const psi = psiOfCategories(baseline, current);
  return judge(sum(baseline.values()), sum(current.values()), psi, null, settings);
}

function judge(
  baselineCount: number,
  currentCount: number,
  psi: number | null,
  ks: KolmogorovSmirnov | null,
  settings: DriftSettings,
): DriftMeasurement {
  const enough = psi !== null && Math.min(baselineCount, currentCount) >= settings.minimumSamples;
  const verdict = enough ? levelOf(psi, ks, settings) : 'not_enough_data';
  return { verdict, baselineCount, currentCount, psi, ks };
}

/** The worse of what either measure says. */
function levelOf(psi: number, ks: KolmogorovSmirnov | null, settings: DriftSettings): DriftLevel {
  const distance = ks !== null && ks.pValue < settings.ksAlpha ? ks.statistic : 0;
  if (psi >= settings.psiMajor || distance >= settings.ksMajor) return 'major';
  if (psi >= settings.psiModerate || distance >= settings.ksModerate) return 'moderate';
  return 'stable';
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
