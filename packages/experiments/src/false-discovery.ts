import { ExperimentError } from './errors.ts';

/**
 * Benjamini and Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995): the adjusted p-values, in the
 * order given. Rejecting those ≤ alpha keeps the expected share of false discoveries at alpha.
 */
export function adjustForFalseDiscoveries(pValues: readonly number[]): number[] {
  const ranked = pValues.map((pValue, index) => {
    if (!(pValue >= 0 && pValue <= 1)) {
      throw new ExperimentError(
        'EXPERIMENT_PARAMETER_INVALID',
        `a p-value must be from 0 to 1, got ${pValue}`,
      );
    }
    return { pValue, index };
  });
  ranked.sort((left, right) => right.pValue - left.pValue);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let smallest = 1;
  for (const [position, { pValue, index }] of ranked.entries()) {
    const rank = pValues.length - position;
    smallest = Math.min(smallest, (pValue * pValues.length) / rank);
    adjusted[index] = smallest;
  }
  return adjusted;
}
