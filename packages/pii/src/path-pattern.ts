/** `properties.*.note`, `**.email`: compiled once, matched against the names of a path. Array indexes are names too. */
export type PathPattern = readonly string[];

export function parsePathPattern(pattern: string): PathPattern {
  return pattern.split('.');
}

/** Whether the pattern matches the whole path or an ancestor of it. Iterative over states: never exponential. */
export function matchesPath(pattern: PathPattern, path: readonly string[]): boolean {
  let states = closure(new Set([0]), pattern);
  if (states.has(pattern.length)) return true;
  for (const name of path) {
    const next = new Set<number>();
    for (const state of states) {
      const part = pattern[state];
      if (part === '**') next.add(state);
      else if (part === '*' || part === name) next.add(state + 1);
    }
    states = closure(next, pattern);
    if (states.has(pattern.length)) return true;
    if (states.size === 0) return false;
  }
  return false;
}

/** `**` may also stand for nothing. */
function closure(states: Set<number>, pattern: PathPattern): Set<number> {
  for (const state of states) if (pattern[state] === '**') states.add(state + 1);
  return states;
}
