import { EVENT_KINDS, type EventKind } from './event.ts';
import { compileFilter, type EventPredicate, type PropertyFilter, readFilter } from './filter.ts';
import { isObject, joinPath, type ProblemList, refuseUnknownFields } from './problems.ts';

/** Which events are meant: by name or kind (or both), and by what they carry. */
export interface EventSelector {
  readonly event?: string;
  readonly kind?: EventKind;
  readonly where: readonly PropertyFilter[];
}

const MAX_FILTERS = 20;
const MAX_EVENT_NAME = 256;
export const SELECTOR_FIELDS: readonly string[] = ['event', 'kind', 'where'];

export interface ReadOptions {
  /** Event names seen so far. Another name is allowed, for it may come; but it is pointed out. */
  readonly knownEvents?: ReadonlySet<string>;
}

/** Reads `{event, kind, where}`; `otherFields` are those that the surrounding definition reads itself. */
export function readSelector(
  input: unknown,
  at: string,
  list: ProblemList,
  options: ReadOptions = {},
  otherFields: readonly string[] = [],
): EventSelector {
  if (!isObject(input)) {
    list.add('not_an_object', at, 'must be an object with event or kind');
    return { where: [] };
  }
  refuseUnknownFields(input, [...otherFields, ...SELECTOR_FIELDS], at, list);
  const { event, kind, where = [] } = input;
  if (event === undefined && kind === undefined) list.add('selector_empty', at, 'name an event or a kind');
  if (event !== undefined) checkEventName(event, joinPath(at, 'event'), list, options);
  const known = EVENT_KINDS.find((one) => one === kind);
  if (kind !== undefined && known === undefined) {
    list.add('kind_unknown', joinPath(at, 'kind'), `must be one of ${EVENT_KINDS.join(', ')}`);
  }
  return {
    ...(typeof event === 'string' && { event }),
    ...(known !== undefined && { kind: known }),
    where: readFilters(where, joinPath(at, 'where'), list),
  };
}

function checkEventName(event: unknown, at: string, list: ProblemList, options: ReadOptions): void {
  if (typeof event !== 'string' || event === '' || event.length > MAX_EVENT_NAME) {
    list.add('event_name_invalid', at, `must be 1 to ${MAX_EVENT_NAME} characters`);
  } else if (options.knownEvents?.has(event) === false) {
    list.warn('event_unknown', at, 'no event of this name was seen yet; check the spelling');
  }
}

function readFilters(where: unknown, at: string, list: ProblemList): PropertyFilter[] {
  if (!Array.isArray(where) || where.length > MAX_FILTERS) {
    list.add('filters_invalid', at, `must be a list of at most ${MAX_FILTERS} filters`);
    return [];
  }
  return where.map((filter, i) => readFilter(filter, `${at}[${i}]`, list));
}

/** Compiled once per definition; called for every event. */
export function compileSelector(selector: EventSelector): EventPredicate {
  const { event: name, kind } = selector;
  const filters = selector.where.map(compileFilter);
  return (event) => {
    if (name !== undefined && event.name !== name) return false;
    if (kind !== undefined && event.kind !== kind) return false;
    for (const holds of filters) if (!holds(event)) return false;
    return true;
  };
}

/** Equal for selectors that mean the same events, as far as their text shows. */
export function selectorKey(selector: EventSelector): string {
  const filters = selector.where
    .map((filter) => JSON.stringify([filter.path, filter.op, filter.value]))
    .sort();
  return JSON.stringify([selector.event ?? null, selector.kind ?? null, filters]);
}
