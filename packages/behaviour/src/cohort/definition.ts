import { type PropertyFilter, readFilter } from '../filter.ts';
import {
  isObject,
  isWholeBetween,
  type JsonObject,
  type Parsed,
  ProblemList,
  readName,
  refuseUnknownFields,
} from '../problems.ts';
import { type EventSelector, type ReadOptions, readSelector } from '../selector.ts';

/** Who belongs: did something (often enough, in a period), is something, or first came in a period. Ends are exclusive. */
export type CohortRule =
  | {
      readonly type: 'event';
      readonly selector: EventSelector;
      readonly atLeast: number;
      readonly fromMs: number | null;
      readonly toMs: number | null;
    }
  | { readonly type: 'property'; readonly filter: PropertyFilter }
  | { readonly type: 'acquired'; readonly fromMs: number; readonly toMs: number };

export interface CohortDefinition {
  readonly name: string;
  readonly rule: CohortRule;
}

const MAX_NAME = 100;
const MAX_COUNT = 1_000;
const MAX_PATH_PARTS = 9;
/** The last millisecond of year 9999. */
const MAX_TIME_MS = 253_402_300_799_999;
const NOBODY: CohortRule = { type: 'acquired', fromMs: 0, toMs: 0 };

export function parseCohort(input: unknown, options: ReadOptions = {}): Parsed<CohortDefinition> {
  const list = new ProblemList();
  if (!isObject(input)) {
    list.add('not_an_object', '', 'must be an object with name and rule');
    return list.result({ name: '', rule: NOBODY });
  }
  refuseUnknownFields(input, ['name', 'rule'], '', list);
  const name = readName(input['name'], MAX_NAME, 'name', list);
  return list.result({ name, rule: readRule(input['rule'], list, options) });
}

function readRule(input: unknown, list: ProblemList, options: ReadOptions): CohortRule {
  if (!isObject(input)) {
    list.add('not_an_object', 'rule', 'must be an object with a type');
    return NOBODY;
  }
  switch (input['type']) {
    case 'event': {
      const selector = readSelector(input, 'rule', list, options, ['type', 'atLeast', 'fromMs', 'toMs']);
      const { atLeast = 1 } = input;
      if (!isWholeBetween(atLeast, 1, MAX_COUNT)) {
        list.add('count_invalid', 'rule.atLeast', `must be a whole number from 1 to ${MAX_COUNT}`);
      }
      return { type: 'event', selector, atLeast: Number(atLeast), ...readPeriod(input, list, false) };
    }
    case 'property':
      return { type: 'property', filter: readFilter(input, 'rule', list, isTraitPath, ['type']) };
    case 'acquired': {
      refuseUnknownFields(input, ['type', 'fromMs', 'toMs'], 'rule', list);
      const { fromMs, toMs } = readPeriod(input, list, true);
      return { type: 'acquired', fromMs: fromMs ?? 0, toMs: toMs ?? 0 };
    }
    default:
      list.add('rule_type_unknown', 'rule.type', 'must be one of event, property, acquired');
      return NOBODY;
  }
}

/** `traits.plan`: what identify told about the user. */
export function isTraitPath(path: string): boolean {
  const parts = path.split('.');
  const sound = parts.length >= 2 && parts.length <= MAX_PATH_PARTS && parts.every((part) => part !== '');
  return sound && parts[0] === 'traits';
}

function readPeriod(input: JsonObject, list: ProblemList, required: boolean) {
  const read = (field: 'fromMs' | 'toMs'): number | null => {
    const value = input[field];
    if (value === undefined && !required) return null;
    if (isWholeBetween(value, 0, MAX_TIME_MS)) return value;
    list.add('period_invalid', `rule.${field}`, 'must be milliseconds since 1970');
    return null;
  };
  const fromMs = read('fromMs');
  const toMs = read('toMs');
  if (fromMs !== null && toMs !== null && fromMs >= toMs) {
    list.add('period_invalid', 'rule.toMs', 'must be later than fromMs');
  }
  return { fromMs, toMs };
}
