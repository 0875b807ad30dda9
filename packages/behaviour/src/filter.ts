import { type BehaviourEvent, EVENT_FIELDS } from './event.ts';
import { isObject, type ProblemList, refuseUnknownFields } from './problems.ts';

export const FILTER_OPERATORS = ['eq', 'neq', 'in', 'exists', 'gt', 'gte', 'lt', 'lte', 'contains'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];
export type Scalar = string | number | boolean | null;

/** One condition on one value. `neq` is the exact opposite of `eq`: it also holds where the value is missing. */
export interface PropertyFilter {
  /** `properties.a.b`, `context.page.path`, or a typed field such as `conversion_value`. */
  readonly path: string;
  readonly op: FilterOperator;
  readonly value: Scalar | readonly Scalar[];
}

export type EventPredicate = (event: BehaviourEvent) => boolean;
export type ValuePredicate = (value: unknown) => boolean;

const MAX_PATH_DEPTH = 8;
const MAX_PATH_LENGTH = 256;
const MAX_TEXT = 1_024;
const MAX_LIST = 100;

export function isScalar(value: unknown): value is Scalar {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  return (
    value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}

/** Reads `path`, `op` and `value`; `isPath` decides which paths make sense here. */
export function readFilter(
  input: unknown,
  at: string,
  list: ProblemList,
  isPath: (path: string) => boolean = isEventPath,
  otherFields: readonly string[] = [],
): PropertyFilter {
  const none: PropertyFilter = { path: '', op: 'eq', value: null };
  if (!isObject(input)) {
    list.add('not_an_object', at, 'must be an object with path, op and value');
    return none;
  }
  refuseUnknownFields(input, ['path', 'op', 'value', ...otherFields], at, list);
  const { path, op, value = true } = input;
  if (typeof path !== 'string' || path.length > MAX_PATH_LENGTH || !isPath(path)) {
    list.add('path_invalid', `${at}.path`, `must be ${PATH_HELP}, at most ${MAX_PATH_DEPTH} levels deep`);
  }
  const operator = FILTER_OPERATORS.find((known) => known === op);
  if (operator === undefined) {
    list.add('operator_unknown', `${at}.op`, `must be one of ${FILTER_OPERATORS.join(', ')}`);
    return none;
  }
  const wrong = 'value' in input || operator === 'exists' ? wrongValue(operator, value) : 'is missing';
  if (wrong !== undefined) list.add('value_invalid', `${at}.value`, wrong);
  return { path: String(path), op: operator, value: value as PropertyFilter['value'] };
}

const PATH_HELP = 'properties.<name>, context.<name> or a typed field';

export function isEventPath(path: string): boolean {
  if ((EVENT_FIELDS as readonly string[]).includes(path)) return true;
  const parts = path.split('.');
  const known = parts[0] === 'properties' || parts[0] === 'context';
  return (
    known && parts.length >= 2 && parts.length <= MAX_PATH_DEPTH + 1 && parts.every((part) => part !== '')
  );
}

function wrongValue(op: FilterOperator, value: unknown): string | undefined {
  switch (op) {
    case 'eq':
    case 'neq':
    case 'contains':
      return isScalar(value)
        ? undefined
        : `must be a text of at most ${MAX_TEXT}, a number, a boolean or null`;
    case 'in':
      return Array.isArray(value) && value.length > 0 && value.length <= MAX_LIST && value.every(isScalar)
        ? undefined
        : `must be a list of 1 to ${MAX_LIST} plain values`;
    case 'exists':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    default:
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a number';
  }
}

/** Order comparisons hold for numbers only; `contains` for texts, and for lists that hold the value. */
export function compileValue({ op, value }: PropertyFilter): ValuePredicate {
  const bound = value as number;
  switch (op) {
    case 'eq':
      return (found) => found === value;
    case 'neq':
      return (found) => found !== value;
    case 'in': {
      const allowed = new Set<unknown>(value as readonly Scalar[]);
      return (found) => allowed.has(found);
    }
    case 'exists':
      return (found) => (found !== undefined && found !== null) === value;
    case 'gt':
      return (found) => typeof found === 'number' && found > bound;
    case 'gte':
      return (found) => typeof found === 'number' && found >= bound;
    case 'lt':
      return (found) => typeof found === 'number' && found < bound;
    case 'lte':
      return (found) => typeof found === 'number' && found <= bound;
    case 'contains':
      return (found) =>
        typeof found === 'string'
          ? found.includes(String(value))
          : Array.isArray(found) && found.includes(value);
  }
}

/** Own properties only: `properties.constructor` is a missing value, not JavaScript's. */
export function valueAt(root: unknown, keys: readonly string[]): unknown {
  let value = root;
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

export function compileFilter(filter: PropertyFilter): EventPredicate {
  const holds = compileValue(filter);
  const [root, ...keys] = filter.path.split('.');
  if (root === 'properties') return (event) => holds(valueAt(event.properties, keys));
  if (root === 'context') return (event) => holds(valueAt(event.context, keys));
  const field = filter.path as keyof BehaviourEvent['fields'];
  return (event) => holds(event.fields[field]);
}
