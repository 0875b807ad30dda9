/** Distinct error names of one window and segment; more are counted together. */
export const MAX_ERROR_NAMES = 20;
export const OTHER_ERRORS = '__other__';
const MAX_ERROR_NAME_LENGTH = 100;

/** Failed requests by the name of the error, with a bound on names. */
export function countError(errors: Map<string, number>, given: string | null): void {
  const name = nameOf(given);
  const counted = errors.has(name) || errors.size < MAX_ERROR_NAMES ? name : OTHER_ERRORS;
  errors.set(counted, (errors.get(counted) ?? 0) + 1);
}

/** Names that start with two underscores are ours. */
function nameOf(given: string | null): string {
  if (given === null || given === '') return 'unknown';
  if (given.length > MAX_ERROR_NAME_LENGTH || given.startsWith('__')) return OTHER_ERRORS;
  return given;
}
