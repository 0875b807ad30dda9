import { isObject, type Parsed, ProblemList, readName, refuseUnknownFields } from '../problems.ts';
import type { ReadOptions } from '../selector.ts';
import { readTest } from './read-test.ts';
import type { SegmentDefinition, SegmentRule } from './rule.ts';

const MAX_NAME = 200;
const MAX_DESCRIPTION = 1_000;
export const MAX_RULE_DEPTH = 20;
export const MAX_RULE_NODES = 200;

/** Reads a segment. Groups are `{type: all | any, rules}` and `{type: not, rules: [one]}`. */
export function parseSegment(input: unknown, options: ReadOptions = {}): Parsed<SegmentDefinition> {
  const list = new ProblemList();
  const nothing: SegmentRule = { type: 'all', rules: [] };
  if (!isObject(input)) {
    list.add('not_an_object', '', 'must be an object with name and rule');
    return list.result({ name: '', description: null, rule: nothing });
  }
  refuseUnknownFields(input, ['name', 'description', 'rule'], '', list);
  const name = readName(input['name'], MAX_NAME, 'name', list);
  const { description } = input;
  const described = typeof description === 'string' && description.length <= MAX_DESCRIPTION;
  if (description !== undefined && !described) {
    list.add('value_invalid', 'description', `must be a text of at most ${MAX_DESCRIPTION} characters`);
  }
  const rule = readRule(input['rule'], list, options);
  return list.result({ name, description: described ? description : null, rule });
}

interface Pending {
  readonly input: unknown;
  readonly at: string;
  readonly depth: number;
  /** Where the node belongs. */
  readonly siblings: SegmentRule[];
}

/** With a list of what is left to read instead of recursion: a thousand levels are an answer, not a stack overflow. */
function readRule(input: unknown, list: ProblemList, options: ReadOptions): SegmentRule {
  const root: SegmentRule[] = [];
  const pending: Pending[] = [{ input, at: 'rule', depth: 1, siblings: root }];
  let nodes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    nodes++;
    if (nodes > MAX_RULE_NODES) {
      list.add('rule_too_large', next.at, `a rule has at most ${MAX_RULE_NODES} nodes`);
      break;
    }
    if (next.depth > MAX_RULE_DEPTH) {
      list.add('rule_too_deep', 'rule', `a rule is at most ${MAX_RULE_DEPTH} levels deep`);
      break;
    }
    readNode(next, pending, list, options);
  }
  return root[0] ?? { type: 'all', rules: [] };
}

function readNode(node: Pending, pending: Pending[], list: ProblemList, options: ReadOptions): void {
  const { input, at, depth, siblings } = node;
  if (!isObject(input)) {
    list.add('not_an_object', at, 'must be an object with a type');
    return;
  }
  const { type } = input;
  if (type !== 'all' && type !== 'any' && type !== 'not') {
    const test = readTest(input, at, list, options);
    if (test === null) list.add('rule_type_unknown', `${at}.type`, TYPES_HELP);
    else siblings.push(test);
    return;
  }
  refuseUnknownFields(input, ['type', 'rules'], at, list);
  const { rules } = input;
  const most = type === 'not' ? 1 : MAX_RULE_NODES;
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > most) {
    list.add(
      'rules_invalid',
      `${at}.rules`,
      type === 'not' ? 'must hold one rule' : `must hold 1 to ${most} rules`,
    );
    return;
  }
  const own: SegmentRule[] = [];
  siblings.push({ type, rules: own });
  // Last first, so that they are read in the order they were written.
  for (let i = rules.length - 1; i >= 0; i--) {
    pending.push({ input: rules[i], at: `${at}.rules[${i}]`, depth: depth + 1, siblings: own });
  }
}

const TYPES_HELP =
  'must be one of all, any, not, event_count, last_seen, property, funnel, cohort, lifetime_value';
