/** What validation says about a definition. Codes are stable: the API and the CLI pass them on. */
export type ProblemCode =
  | 'not_an_object'
  | 'unknown_field'
  | 'name_invalid'
  | 'steps_invalid'
  | 'step_name_repeated'
  | 'step_cycle'
  | 'window_invalid'
  | 'order_invalid'
  | 'selector_empty'
  | 'event_name_invalid'
  | 'kind_unknown'
  | 'event_unknown'
  | 'filters_invalid'
  | 'path_invalid'
  | 'operator_unknown'
  | 'value_invalid'
  | 'rule_type_unknown'
  | 'rule_too_deep'
  | 'rule_too_large'
  | 'count_invalid'
  | 'period_invalid'
  | 'rules_invalid';

export interface Problem {
  readonly code: ProblemCode;
  /** Where: `steps[2].where[0].op`. */
  readonly path: string;
  readonly message: string;
}

/** A definition that may be used, with what is worth a look; or every problem at once. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const MAX_PROBLEMS = 100;

/** Gathers problems while a definition is read; warnings do not refuse it. */
export class ProblemList {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  add(code: ProblemCode, path: string, message: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ code, path, message });
  }

  warn(code: ProblemCode, path: string, message: string): void {
    if (this.warnings.length < MAX_PROBLEMS) this.warnings.push({ code, path, message });
  }

  /** `value` is complete when, and only when, nothing was added. */
  result<T>(value: T): Parsed<T> {
    return this.problems.length === 0
      ? { ok: true, value, warnings: this.warnings }
      : { ok: false, problems: this.problems };
  }
}

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names every field that the definition does not have: a misspelt `widow` must not become a default. */
export function refuseUnknownFields(
  value: JsonObject,
  known: readonly string[],
  path: string,
  list: ProblemList,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    list.add('unknown_field', joinPath(path, key.slice(0, 64)), `unknown field; known: ${known.join(', ')}`);
  }
}

export function joinPath(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}

/** A name for people and for Postgres: 1 to `max` characters, no control characters, no blanks around it. */
export function readName(value: unknown, max: number, path: string, list: ProblemList): string {
  if (
    typeof value === 'string' &&
    value.length <= max &&
    value.trim() === value &&
    /^\P{Cc}+$/u.test(value)
  ) {
    return value;
  }
  list.add(
    'name_invalid',
    path,
    `must be 1 to ${max} characters, without control characters or outer blanks`,
  );
  return '';
}

export function isWholeBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
}
