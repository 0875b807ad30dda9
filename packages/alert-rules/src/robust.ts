/** The middle one; of an even number the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half];
  if (upper === undefined) throw new Error('no values have no median');
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}

/** Makes the median absolute deviation of normal values their standard deviation. */
const NORMAL = 1.4826;
/** A norm that never varied would make any change infinite: what is within this share of it is no news. */
const SMALLEST_SHARE = 0.05;

/** What is normal, and how far from it values commonly are. One wild value among several moves neither. */
export interface Norm {
  readonly median: number;
  readonly scale: number;
}

/** `isCount`: by chance alone a count of n varies by its root. */
export function normOf(history: readonly number[], isCount: boolean): Norm {
  const middle = median(history);
  const mad = NORMAL * median(history.map((value) => Math.abs(value - middle)));
  const chance = isCount ? Math.sqrt(Math.max(1, Math.abs(middle))) : 0;
  return { median: middle, scale: Math.max(mad, chance, SMALLEST_SHARE * Math.abs(middle), Number.EPSILON) };
}
