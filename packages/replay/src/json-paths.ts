const MAX_PATHS = 20;
/** A key that only one side has may be personal data that the other took out; so may any that is no plain name. */
const HIDDEN_KEY = '*';
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const MAX_DEPTH = 64;

/** Where two texts of a column differ: paths within JSON, else the column itself. Never a value, nor a key that was scrubbed. */
export function changedPaths(column: string, before: string | null, after: string | null): string[] {
  const [left, right] = [parsed(before), parsed(after)];
  if (left === undefined || right === undefined) return [column];
  const found: string[] = [];
  compare(left, right, column, found, 0);
  return [...new Set(found)].slice(0, MAX_PATHS);
}

function parsed(text: string | null): object | undefined {
  if (text === null || !/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}

function compare(left: unknown, right: unknown, path: string, found: string[], depth: number): void {
  if (found.length >= MAX_PATHS) return;
  if (!isTree(left) || !isTree(right) || Array.isArray(left) !== Array.isArray(right)) {
    if (left !== right) found.push(path);
    return;
  }
  if (depth > MAX_DEPTH) {
    found.push(path); // something at or below here
    return;
  }
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (!Object.hasOwn(left, key) || !Object.hasOwn(right, key)) found.push(`${path}.${HIDDEN_KEY}`);
    else
      compare(left[key], right[key], `${path}.${PLAIN_KEY.test(key) ? key : HIDDEN_KEY}`, found, depth + 1);
  }
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
