import { isTraitPath } from '../cohort/definition.ts';
import { readFilter } from '../filter.ts';
import { MAX_STEPS } from '../funnel/definition.ts';
import {
  isWholeBetween,
  type JsonObject,
  type ProblemList,
  readName,
  refuseUnknownFields,
} from '../problems.ts';
import { type ReadOptions, readSelector } from '../selector.ts';
import { COMPARISONS, type Comparison, type SegmentTest } from './rule.ts';

const MAX_COUNT = 1_000_000;
const MAX_DAYS = 3_650;
const MAX_NAME = 100;

/** Reads a leaf of the tree; null when its type is none of them. */
export function readTest(
  input: JsonObject,
  at: string,
  list: ProblemList,
  options: ReadOptions,
): SegmentTest | null {
  const { type } = input;
  switch (type) {
    case 'event_count': {
      const selector = readSelector(input, at, list, options, ['type', 'op', 'count', 'withinDays']);
      const { withinDays } = input;
      const days =
        withinDays === undefined ? null : readCount(withinDays, 1, MAX_DAYS, `${at}.withinDays`, list);
      const count = readCount(input['count'], 0, MAX_COUNT, `${at}.count`, list);
      return { type, selector, op: readComparison(input, at, list), count, withinDays: days };
    }
    case 'last_seen': {
      const selector = readSelector(input, at, list, options, ['type', 'op', 'days']);
      const days = readCount(input['days'], 0, MAX_DAYS, `${at}.days`, list);
      return { type, selector, op: readComparison(input, at, list), days };
    }
    case 'property':
      return { type, filter: readFilter(input, at, list, isTraitPath, ['type']) };
    case 'funnel': {
      refuseUnknownFields(input, ['type', 'funnel', 'atLeastStep'], at, list);
      const funnel = readName(input['funnel'], MAX_NAME, `${at}.funnel`, list);
      const step = readCount(input['atLeastStep'] ?? 1, 1, MAX_STEPS, `${at}.atLeastStep`, list);
      return { type, funnel, atLeastStep: step };
    }
    case 'cohort':
      refuseUnknownFields(input, ['type', 'cohort'], at, list);
      return { type, cohort: readName(input['cohort'], MAX_NAME, `${at}.cohort`, list) };
    case 'lifetime_value':
      return readLifetimeValue(input, at, list);
    default:
      return null;
  }
}

function readLifetimeValue(input: JsonObject, at: string, list: ProblemList): SegmentTest {
  refuseUnknownFields(input, ['type', 'currency', 'op', 'amount'], at, list);
  const { currency, amount } = input;
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) {
    list.add('value_invalid', `${at}.currency`, 'must be an ISO 4217 code, such as EUR');
  }
  if (typeof amount !== 'number' || !Number.isFinite(amount)) {
    list.add('value_invalid', `${at}.amount`, 'must be a number');
  }
  const op = readComparison(input, at, list);
  return { type: 'lifetime_value', currency: String(currency), op, amount: Number(amount) };
}

function readCount(value: unknown, min: number, max: number, at: string, list: ProblemList): number {
  if (isWholeBetween(value, min, max)) return value;
  list.add('count_invalid', at, `must be a whole number from ${min} to ${max}`);
  return min;
}

function readComparison(input: JsonObject, at: string, list: ProblemList): Comparison {
  const op = COMPARISONS.find((known) => known === input['op']);
  if (op === undefined) list.add('operator_unknown', `${at}.op`, `must be one of ${COMPARISONS.join(', ')}`);
  return op ?? 'eq';
}
