import {
  type CohortState,
  type CompiledCohort,
  type CompiledFunnel,
  type FunnelState,
  mergeFunnelStates,
  progressOf,
} from '@fineprint/behaviour';
import type { CohortRow, CountedFunnelRow } from './rows.ts';

type FunnelFigures = Omit<CountedFunnelRow, 'person' | 'name' | 'definitionVersion' | 'mergedInto'>;
type CohortFigures = Omit<CohortRow, 'person' | 'name' | 'definitionVersion' | 'mergedInto'>;

/** How far the person whose ids have these states has come: as one history of all of them. */
export function funnelFigures(funnel: CompiledFunnel, states: readonly FunnelState[]): FunnelFigures {
  const [first, ...others] = states;
  const none = {
    steps: [],
    stepOrders: [],
    stepTimesMs: [],
    enteredAtMs: null,
    reachedAtMs: null,
    openUntilMs: null,
  };
  const { stepCount } = funnel;
  if (first === undefined) return { level: 0, stepCount, ...none, exact: true };
  const state = others.reduce((merged, other) => mergeFunnelStates(funnel, merged, other), first);
  const exact = state.exact && state.tooLate === 0;
  // Whether the window is still open is for the reader's clock to say.
  const { level, best, openUntilMs } = progressOf(funnel, state, Number.NEGATIVE_INFINITY);
  if (best === null) return { level, stepCount, ...none, exact };
  const reached = funnel.definition.steps.flatMap((step, i) => {
    const timeMs = best.stepTimes[i];
    return timeMs === null || timeMs === undefined ? [] : [{ name: step.name, order: i + 1, timeMs }];
  });
  const times = reached.map((step) => step.timeMs);
  return {
    level,
    stepCount,
    steps: reached.map((step) => step.name),
    stepOrders: reached.map((step) => step.order),
    stepTimesMs: times,
    enteredAtMs: Math.min(...times),
    reachedAtMs: best.reachedAtMs,
    openUntilMs: level === stepCount ? null : openUntil(openUntilMs, best.reachedAtMs),
    exact,
  };
}

/** In strict order an interruption ends a chain at once: nothing is open from the step on that it reached. */
function openUntil(openUntilMs: number | null, reachedAtMs: number): number {
  return openUntilMs === null || openUntilMs === Number.NEGATIVE_INFINITY ? reachedAtMs : openUntilMs;
}

export function cohortFigures(cohort: CompiledCohort, states: readonly CohortState[]): CohortFigures {
  const [first, ...others] = states;
  if (first === undefined) return { member: false, sinceMs: null };
  return cohort.membershipOf(others.reduce(cohort.merge, first));
}
