import { chiSquareAbove } from './distributions/chi-square.ts';
import { ExperimentError } from './errors.ts';
import { checkCount } from './observation.ts';

/**
 * Below it the split is not what was asked for, and no result can be trusted (Fabijan et al., "Diagnosing Sample
 * Ratio Mismatch in Online Controlled Experiments", KDD 2019).
 */
export const SAMPLE_RATIO_THRESHOLD = 0.001;
/** The chi-square approximation wants at least this many expected in each variant (Cochran 1954). */
const MIN_EXPECTED = 5;

export interface VariantExposure {
  readonly weight: number;
  readonly exposed: number;
}

export type SampleRatioResult =
  | { readonly verdict: 'not_enough_data'; readonly statistic: null; readonly pValue: null }
  | { readonly verdict: 'as_planned' | 'mismatch'; readonly statistic: number; readonly pValue: number };

/** Pearson's chi-square test of the exposures against the weights. */
export function checkSampleRatio(variants: readonly VariantExposure[]): SampleRatioResult {
  let total = 0;
  let totalWeight = 0;
  for (const { weight, exposed } of variants) {
    checkCount('exposed', exposed);
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new ExperimentError('EXPERIMENT_PARAMETER_INVALID', `a weight must be above 0, got ${weight}`);
    }
    total += exposed;
    totalWeight += weight;
  }
  let statistic = 0;
  let fewestExpected = Infinity;
  for (const { weight, exposed } of variants) {
    const expected = total * (weight / totalWeight);
    fewestExpected = Math.min(fewestExpected, expected);
    if (expected > 0) statistic += (exposed - expected) ** 2 / expected;
  }
  if (variants.length < 2 || fewestExpected < MIN_EXPECTED) {
    return { verdict: 'not_enough_data', statistic: null, pValue: null };
  }
  const pValue = chiSquareAbove(statistic, variants.length - 1);
  return { verdict: pValue < SAMPLE_RATIO_THRESHOLD ? 'mismatch' : 'as_planned', statistic, pValue };
}
