interface Corner {
  readonly at: readonly number[];
  readonly value: number;
}

/** Finds a minimum without derivatives (Nelder and Mead, 1965, usual coefficients); at most `maxSteps` steps. */
export function minimize(
  f: (at: readonly number[]) => number,
  start: readonly number[],
  maxSteps = 500,
  tolerance = 1e-9,
): Corner {
  const corner = (at: readonly number[]): Corner => ({ at, value: f(at) });
  const simplex = [
    corner(start),
    ...start.map((_, i) => corner(start.map((x, j) => (i === j ? x + 0.5 : x)))),
  ];
  for (let step = 0; step < maxSteps; step++) {
    simplex.sort((a, b) => a.value - b.value);
    const [best, worst, second] = [simplex[0], simplex.at(-1), simplex.at(-2)];
    if (!best || !worst || !second) break;
    if (Math.abs(worst.value - best.value) <= tolerance * (Math.abs(best.value) + tolerance)) break;
    const rest = simplex.slice(0, -1);
    const centre = start.map((_, i) => rest.reduce((sum, c) => sum + (c.at[i] ?? 0), 0) / rest.length);
    const along = (by: number): Corner => corner(centre.map((c, i) => c + by * ((worst.at[i] ?? 0) - c)));
    const next = improved(along, best.value, second.value, worst.value);
    if (next !== null) {
      simplex[simplex.length - 1] = next;
      continue;
    }
    // Nothing along the line helps: draw all corners half way to the best.
    for (const [i, { at }] of simplex.entries()) {
      if (i > 0) simplex[i] = corner(at.map((x, j) => ((best.at[j] ?? 0) + x) / 2));
    }
  }
  return simplex.reduce((a, b) => (b.value < a.value ? b : a));
}

/** Reflect, then expand or contract. */
function improved(along: (by: number) => Corner, best: number, second: number, worst: number): Corner | null {
  const reflected = along(-1);
  if (reflected.value < best) {
    const expanded = along(-2);
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < second) return reflected;
  const contracted = along(reflected.value < worst ? -0.5 : 0.5);
  return contracted.value < Math.min(reflected.value, worst) ? contracted : null;
}
