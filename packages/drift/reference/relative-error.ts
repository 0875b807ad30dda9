/** |actual − expected| / |expected|, or the absolute error where the expected value is below `floor`. */
export function relativeError(actual: number, expected: number, floor = 1e-300): number {
  if (actual === expected) return 0;
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), floor);
}
