import type { BehaviourEvent } from '../event.ts';
import { compileValue, type ValuePredicate, valueAt } from '../filter.ts';
import { compileSelector } from '../selector.ts';
import type { CohortDefinition } from './definition.ts';

interface Mark {
  readonly timeMs: number;
  readonly id: string;
}

/**
 * One user in one cohort: the earliest marks, as many as the rule counts, or the latest value of a property.
 * Both depend on the set of events alone: late, shuffled and repeated ones lead to the same state. JSON.
 */
export interface CohortState {
  readonly earliest: readonly Mark[];
  readonly latest: (Mark & { readonly holds: boolean }) | null;
}

export const EMPTY_COHORT_STATE: CohortState = { earliest: [], latest: null };

export interface CohortMembership {
  readonly member: boolean;
  /** When the event that made them a member happened. */
  readonly sinceMs: number | null;
}

export interface CompiledCohort {
  readonly definition: CohortDefinition;
  /** The same object when the event changes nothing. */
  apply(state: CohortState, event: BehaviourEvent): CohortState;
  /** Two users who turned out to be one. */
  merge(a: CohortState, b: CohortState): CohortState;
  membershipOf(state: CohortState): CohortMembership;
}

export function compileCohort(definition: CohortDefinition): CompiledCohort {
  const { rule } = definition;
  if (rule.type === 'property') {
    const keys = rule.filter.path.split('.').slice(1);
    return propertyCohort(definition, keys, compileValue(rule.filter));
  }
  if (rule.type === 'acquired') {
    return countingCohort(definition, 1, () => true, rule);
  }
  const matches = compileSelector(rule.selector);
  const inPeriod = (event: BehaviourEvent) =>
    event.timeMs >= (rule.fromMs ?? Number.NEGATIVE_INFINITY) && event.timeMs < (rule.toMs ?? Infinity);
  return countingCohort(definition, rule.atLeast, (event) => inPeriod(event) && matches(event), ANY_TIME);
}

const ANY_TIME = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

/** A member from the n-th matching event on, if that one lies in the period. */
function countingCohort(
  definition: CohortDefinition,
  atLeast: number,
  matches: (event: BehaviourEvent) => boolean,
  period: { readonly fromMs: number; readonly toMs: number },
): CompiledCohort {
  return {
    definition,
    apply(state, event) {
      const last = state.earliest[atLeast - 1];
      const mark = { timeMs: event.timeMs, id: event.eventId };
      if ((last !== undefined && compareMarks(mark, last) >= 0) || !matches(event)) return state;
      if (state.earliest.some((known) => compareMarks(known, mark) === 0)) return state;
      return { ...state, earliest: earliestOf([...state.earliest, mark], atLeast) };
    },
    merge: (a, b) => ({ earliest: earliestOf([...a.earliest, ...b.earliest], atLeast), latest: null }),
    membershipOf({ earliest }) {
      const decisive = earliest[atLeast - 1];
      const member =
        decisive !== undefined && decisive.timeMs >= period.fromMs && decisive.timeMs < period.toMs;
      return { member, sinceMs: member ? decisive.timeMs : null };
    },
  };
}

function propertyCohort(
  definition: CohortDefinition,
  keys: readonly string[],
  holds: ValuePredicate,
): CompiledCohort {
  const root = keys[0] ?? '';
  return {
    definition,
    apply(state, event) {
      // Each identify tells some traits; the others keep what was told before.
      if (event.traits === null || !Object.hasOwn(event.traits, root)) return state;
      const mark = { timeMs: event.timeMs, id: event.eventId };
      if (state.latest !== null && compareMarks(mark, state.latest) <= 0) return state;
      return { ...state, latest: { ...mark, holds: holds(valueAt(event.traits, keys)) } };
    },
    merge(a, b) {
      if (a.latest === null || b.latest === null) return a.latest === null ? b : a;
      return compareMarks(a.latest, b.latest) >= 0 ? a : b;
    },
    membershipOf({ latest }) {
      // Nothing told is a missing value: `neq` and `exists: false` hold for it.
      const member = latest?.holds ?? holds(undefined);
      return { member, sinceMs: member ? (latest?.timeMs ?? null) : null };
    },
  };
}

function earliestOf(marks: readonly Mark[], atLeast: number): Mark[] {
  const sorted = [...marks].sort(compareMarks);
  return sorted
    .filter((mark, i) => i === 0 || compareMarks(mark, sorted[i - 1] ?? mark) !== 0)
    .slice(0, atLeast);
}

function compareMarks(a: Mark, b: Mark): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
