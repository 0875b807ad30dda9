export interface MemorySample {
  readonly atMs: number;
  readonly bytes: number;
}

const MINUTE_MS = 60_000;

/** Growth in percent of the mean per minute, by least squares; null below two minutes, where it would say nothing. */
export function memorySlope(samples: readonly MemorySample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.atMs - first.atMs < 2 * MINUTE_MS) return null;
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [at, size] = [mean(samples.map((s) => s.atMs)), mean(samples.map((s) => s.bytes))];
  const covariance = mean(samples.map((s) => (s.atMs - at) * (s.bytes - size)));
  const variance = mean(samples.map((s) => (s.atMs - at) ** 2));
  return ((covariance / variance) * MINUTE_MS * 100) / size;
}
