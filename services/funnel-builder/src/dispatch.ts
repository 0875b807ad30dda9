import { type BehaviourEvent, createFunnelSet } from '@fineprint/behaviour';
import {
  countInCohort,
  countInFunnel,
  type TrackedCohort,
  type TrackedDefinition,
  type TrackedFunnel,
} from './tracked-definition.ts';

/** Shows an event to every definition that it may concern. Answers how many states were refused for want of room. */
export type Dispatch = (event: BehaviourEvent, offset: number) => number;

export function createDispatch(tracked: readonly TrackedDefinition[]): Dispatch {
  const funnels = tracked.filter((t): t is TrackedFunnel => t.kind === 'funnel');
  const cohorts = tracked.filter((t): t is TrackedCohort => t.kind === 'cohort');
  const set = createFunnelSet(funnels.map((f) => f.compiled));
  const cohortsOf = createCohortIndex(cohorts);
  return (event, offset) => {
    let refused = 0;
    set.forEachMatch(event, (i, mask) => {
      const funnel = funnels[i];
      if (funnel !== undefined && countInFunnel(funnel, event, mask, offset) === 'refused') refused++;
    });
    for (const cohort of cohortsOf(event)) {
      if (countInCohort(cohort, event, offset) === 'refused') refused++;
    }
    return refused;
  };
}

/** By the event's name, where the rule asks for one; traits only where the event tells some. */
function createCohortIndex(cohorts: readonly TrackedCohort[]) {
  const ruleOf = ({ compiled: { definition } }: TrackedCohort) => definition.rule;
  const nameOf = (cohort: TrackedCohort): string | undefined => {
    const rule = ruleOf(cohort);
    return rule.type === 'event' ? rule.selector.event : undefined;
  };
  const byName = Map.groupBy(
    cohorts.filter((c) => nameOf(c) !== undefined),
    nameOf,
  );
  const traits = cohorts.filter((c) => ruleOf(c).type === 'property');
  const always = cohorts.filter((c) => nameOf(c) === undefined && !traits.includes(c));
  return (event: BehaviourEvent): readonly TrackedCohort[] => {
    const named = byName.get(event.name) ?? [];
    const told = traits.length > 0 && event.traits !== null;
    return always.length === 0 && !told ? named : [...named, ...always, ...(told ? traits : [])];
  };
}
