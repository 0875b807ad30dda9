import {
  isObject,
  isWholeBetween,
  type Parsed,
  ProblemList,
  readName,
  refuseUnknownFields,
} from '../problems.ts';
import { type EventSelector, type ReadOptions, readSelector, selectorKey } from '../selector.ts';

export const FUNNEL_ORDERS = ['ordered', 'strict', 'any'] as const;
export type FunnelOrder = (typeof FUNNEL_ORDERS)[number];

export interface FunnelStep {
  /** Unique within the funnel: Postgres keeps one row per user, funnel and step name. */
  readonly name: string;
  readonly selector: EventSelector;
}

export interface FunnelDefinition {
  readonly name: string;
  readonly steps: readonly FunnelStep[];
  /** From the first step of a chain to its last, inclusive. */
  readonly windowMs: number;
  readonly order: FunnelOrder;
}

const MAX_NAME = 100;
const MIN_STEPS = 2;
export const MAX_STEPS = 20;
const MIN_WINDOW_MS = 1_000;
const MAX_WINDOW_MS = 365 * 86_400_000;

/** Reads a funnel from an API body or a file. A step is `{name?, event?, kind?, where?}`. */
export function parseFunnel(input: unknown, options: ReadOptions = {}): Parsed<FunnelDefinition> {
  const list = new ProblemList();
  if (!isObject(input)) {
    list.add('not_an_object', '', 'must be an object with name, steps and windowMs');
    return list.result({ name: '', steps: [], windowMs: 0, order: 'ordered' });
  }
  refuseUnknownFields(input, ['name', 'steps', 'windowMs', 'order'], '', list);
  const name = readName(input['name'], MAX_NAME, 'name', list);
  const windowMs = input['windowMs'];
  if (!isWholeBetween(windowMs, MIN_WINDOW_MS, MAX_WINDOW_MS)) {
    list.add('window_invalid', 'windowMs', 'must be whole milliseconds from 1 second to 365 days');
  }
  const asked = input['order'] ?? 'ordered';
  const order = FUNNEL_ORDERS.find((known) => known === asked);
  if (order === undefined) {
    list.add('order_invalid', 'order', `must be one of ${FUNNEL_ORDERS.join(', ')}`);
  }
  const steps = readSteps(input['steps'], list, options);
  refuseCycles(steps, order ?? 'ordered', list);
  return list.result({ name, steps, windowMs: Number(windowMs), order: order ?? 'ordered' });
}

function readSteps(input: unknown, list: ProblemList, options: ReadOptions): FunnelStep[] {
  if (!Array.isArray(input) || input.length < MIN_STEPS || input.length > MAX_STEPS) {
    list.add('steps_invalid', 'steps', `must be a list of ${MIN_STEPS} to ${MAX_STEPS} steps`);
    return [];
  }
  const names = new Set<string>();
  return input.map((step: unknown, i) => {
    const at = `steps[${i}]`;
    const selector = readSelector(step, at, list, options, ['name']);
    const given = isObject(step) ? (step['name'] ?? selector.event ?? selector.kind) : '';
    const name = isObject(step) ? readName(given, MAX_NAME, `${at}.name`, list) : '';
    if (name !== '' && names.has(name)) {
      list.add(
        'step_name_repeated',
        `${at}.name`,
        'two steps share this name; give this one a name of its own',
      );
    }
    names.add(name);
    return { name, selector };
  });
}

/** A step that repeats its neighbour would count one visit per event of the same thing; in any order, a repeat at all. */
function refuseCycles(steps: readonly FunnelStep[], order: FunnelOrder, list: ProblemList): void {
  const keys = steps.map((step) => selectorKey(step.selector));
  for (const [i, key] of keys.entries()) {
    const selector = steps[i]?.selector;
    // Unreadable steps were reported already.
    if (selector?.event === undefined && selector?.kind === undefined) continue;
    const first = keys.indexOf(key);
    const repeats = i > 0 && (key === keys[i - 1] || (order === 'any' && first < i));
    if (repeats) list.add('step_cycle', `steps[${i}]`, `is the same as step ${first + 1}; leave one out`);
  }
}
