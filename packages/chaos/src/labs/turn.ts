/** One after the other, so that a run of n occurrences has met each of n targets. */
export function turnOf<T>(targets: readonly T[], occurrence: number): T {
  const target = targets[occurrence % targets.length];
  if (target === undefined) throw new Error('there is nothing to take turns with');
  return target;
}
