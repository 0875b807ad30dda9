/**
 * Which bin a value falls into: logarithmic bins with the relative error bounded, after DDSketch (Masson, Rim, Lee:
 * "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019, section 2.1).
 *
 * Bin b > 0 holds 1.02^(b-2001) < v <= 1.02^(b-2000) and answers 2·1.02^(b-2000)/2.02, which differs from any value in it
 * by at most (1.02-1)/(1.02+1) = 0.99 %. Bin -b holds the negatives of bin b, bin 0 holds zero, so bins sort as values do.
 * The mapping is fixed for good: stored bins of all times can be added up.
 */
export const GAMMA = 1.02;
const LOG_GAMMA = Math.log(GAMMA);
const ONE_BIN = 2_000;
/** Magnitudes below count as zero, ones above as the limit, which bounds a sketch to 4,890 bins whatever comes. */
export const MIN_MAGNITUDE = 1e-9;
export const MAX_MAGNITUDE = 1e12;

/** The bin of a finite value. */
export function binOf(value: number): number {
  const magnitude = Math.abs(value);
  if (magnitude < MIN_MAGNITUDE) return 0;
  const bin = ONE_BIN + Math.ceil(Math.log(Math.min(magnitude, MAX_MAGNITUDE)) / LOG_GAMMA);
  return value < 0 ? -bin : bin;
}

/** The value that stands for all in a bin. */
export function binValue(bin: number): number {
  if (bin === 0) return 0;
  return (Math.sign(bin) * 2 * GAMMA ** (Math.abs(bin) - ONE_BIN)) / (GAMMA + 1);
}
