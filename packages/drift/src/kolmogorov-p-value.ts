/** Up to so many lattice points the p-value is exact: a few milliseconds. */
const MAX_EXACT_POINTS = 1_000_000;
const MAX_TERMS = 200;

/**
 * P(D ≥ observed) if both samples come from one continuous distribution, two-sided. `gap` is the statistic times
 * n · m, a whole number. Exact for n · m up to a million, else Kolmogorov's limit at √(n m / (n + m)) · D.
 */
export function kolmogorovPValue(gap: number, n: number, m: number): number {
  if (n * m <= MAX_EXACT_POINTS) return exactPValue(gap, n, m);
  return kolmogorovAbove(Math.sqrt(1 / (1 / n + 1 / m)) * (gap / n / m));
}

/**
 * The share of all orderings of the two samples (lattice paths from (0, 0) to (n, m)) that reach the gap somewhere
 * (J. L. Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för Matematik 3, 1958). Counted
 * as those that do reach it, so that tiny p-values keep their digits.
 */
function exactPValue(gap: number, n: number, m: number): number {
  if (gap <= 0) return 1;
  // reached[j]: the chance that a random path to (i, j) has reached the gap; it came from (i − 1, j) in i of i + j cases.
  const reached = new Float64Array(m + 1);
  for (let i = 0; i <= n; i += 1) {
    for (let j = 0; j <= m; j += 1) {
      if (Math.abs(i * m - j * n) >= gap) {
        reached[j] = 1;
        continue;
      }
      const fromLeft = i === 0 ? 0 : (i / (i + j)) * (reached[j] ?? 0);
      const fromBelow = j === 0 ? 0 : (j / (i + j)) * (reached[j - 1] ?? 0);
      reached[j] = i + j === 0 ? 0 : fromLeft + fromBelow;
    }
  }
  return reached[m] ?? 0;
}

/** 1 − K(λ), Kolmogorov's limit distribution: two series for the same function (Marsaglia, Tsang and Wang 2003, eq. 1–2). */
export function kolmogorovAbove(lambda: number): number {
  if (lambda <= 0) return 1;
  if (lambda < 1) return 1 - belowByTheta(lambda);
  let sum = 0;
  for (let k = 1; k < MAX_TERMS; k += 1) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    if (term === 0) break;
    sum += k % 2 === 1 ? term : -term;
  }
  return 2 * sum;
}

function belowByTheta(lambda: number): number {
  let sum = 0;
  for (let k = 1; k < MAX_TERMS; k += 2) {
    const term = Math.exp((-k * k * Math.PI * Math.PI) / (8 * lambda * lambda));
    if (term === 0) break;
    sum += term;
  }
  return (Math.sqrt(2 * Math.PI) / lambda) * sum;
}
