import type { BehaviourEvent } from '../event.ts';
import { compileValue, type EventPredicate, valueAt } from '../filter.ts';
import type { JsonObject } from '../problems.ts';
import { compileSelector } from '../selector.ts';
import { DAY_MS } from '../time.ts';
import type { Comparison, SegmentRule, SegmentTest } from './rule.ts';

/** What is known about one user when a segment asks. */
export interface UserFacts {
  /** Distinct events. */
  readonly events: readonly BehaviourEvent[];
  readonly traits: JsonObject;
  /** Furthest step per funnel name. */
  readonly funnelLevels: ReadonlyMap<string, number>;
  readonly cohorts: ReadonlySet<string>;
  readonly lifetimeValues: ReadonlyMap<string, number>;
}

export type SegmentPredicate = (user: UserFacts, nowMs: number) => boolean;

type Instruction =
  | { readonly op: 'test'; readonly holds: SegmentPredicate }
  | { readonly op: 'all' | 'any' | 'not'; readonly count: number };

/** Compiled once into a list that a small stack machine runs, so depth costs no call stack. */
export function compileSegment(rule: SegmentRule): SegmentPredicate {
  const program = compileRule(rule);
  return (user, nowMs) => {
    const stack: boolean[] = [];
    for (const instruction of program) {
      if (instruction.op === 'test') {
        stack.push(instruction.holds(user, nowMs));
        continue;
      }
      const answers = stack.splice(stack.length - instruction.count);
      if (instruction.op === 'all') stack.push(!answers.includes(false));
      else stack.push(answers.includes(true) === (instruction.op === 'any'));
    }
    return stack[0] === true;
  };
}

/** Children before their parents. */
function compileRule(rule: SegmentRule): Instruction[] {
  const program: Instruction[] = [];
  const pending: SegmentRule[] = [rule];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('rules' in next) {
      program.push({ op: next.type, count: next.rules.length });
      pending.push(...next.rules);
    } else {
      program.push({ op: 'test', holds: compileTest(next) });
    }
  }
  return program.reverse();
}

function compileTest(test: SegmentTest): SegmentPredicate {
  switch (test.type) {
    case 'event_count': {
      const matches = compileSelector(test.selector);
      const spanMs = (test.withinDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
      return (user, nowMs) => compare(countSince(user.events, matches, nowMs - spanMs), test.op, test.count);
    }
    case 'last_seen': {
      const matches = compileSelector(test.selector);
      return (user, nowMs) => {
        const lastMs = user.events.reduce(
          (last, e) => (e.timeMs > last && matches(e) ? e.timeMs : last),
          -Infinity,
        );
        return lastMs !== -Infinity && compare((nowMs - lastMs) / DAY_MS, test.op, test.days);
      };
    }
    case 'property': {
      const holds = compileValue(test.filter);
      const keys = test.filter.path.split('.').slice(1);
      return (user) => holds(valueAt(user.traits, keys));
    }
    case 'funnel':
      return (user) => (user.funnelLevels.get(test.funnel) ?? 0) >= test.atLeastStep;
    case 'cohort':
      return (user) => user.cohorts.has(test.cohort);
    case 'lifetime_value':
      return (user) => compare(user.lifetimeValues.get(test.currency) ?? 0, test.op, test.amount);
  }
}

function countSince(events: readonly BehaviourEvent[], matches: EventPredicate, sinceMs: number): number {
  let count = 0;
  for (const event of events) if (event.timeMs >= sinceMs && matches(event)) count++;
  return count;
}

function compare(found: number, op: Comparison, asked: number): boolean {
  switch (op) {
    case 'eq':
      return found === asked;
    case 'gt':
      return found > asked;
    case 'gte':
      return found >= asked;
    case 'lt':
      return found < asked;
    case 'lte':
      return found <= asked;
  }
}
