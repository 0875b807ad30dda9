import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BehaviourEvent } from '../event.ts';
import { sampleEvent } from '../testing/events.ts';
import { parseCohort } from './definition.ts';
import { type CohortState, compileCohort, EMPTY_COHORT_STATE } from './membership.ts';

function cohortOf(rule: object) {
  const parsed = parseCohort({ name: 'c', rule });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileCohort(parsed.value);
}

const bought = (timeMs: number, eventId = `e${timeMs}`) => sampleEvent({ name: 'buy', timeMs, eventId });
const told = (timeMs: number, traits: Record<string, unknown>) =>
  sampleEvent({ name: 'identify', kind: 'identify', timeMs, traits, eventId: `t${timeMs}` });
const rules = {
  event: { type: 'event', event: 'buy', atLeast: 2, fromMs: 10, toMs: 50 },
  acquired: { type: 'acquired', fromMs: 10, toMs: 20 },
  property: { type: 'property', path: 'traits.plan', op: 'eq', value: 'pro' },
};

function membership(rule: object, events: readonly BehaviourEvent[]) {
  const cohort = cohortOf(rule);
  return cohort.membershipOf(events.reduce(cohort.apply, EMPTY_COHORT_STATE));
}

describe('cohorts', () => {
  it('by events: enough of them, inside the period, each once', () => {
    const nobody = { member: false, sinceMs: null };
    expect(membership(rules.event, [bought(9), bought(50), bought(30), bought(30)])).toEqual(nobody);
    expect(membership(rules.event, [bought(49), bought(30), bought(40)])).toEqual({
      member: true,
      sinceMs: 40,
    });
  });

  it('by acquisition: a late, earlier event takes someone out again', () => {
    expect(membership(rules.acquired, [bought(12)])).toEqual({ member: true, sinceMs: 12 });
    expect(membership(rules.acquired, [bought(12), bought(3)])).toEqual({ member: false, sinceMs: null });
  });

  it('by a property: what was told last counts', () => {
    expect(membership(rules.property, [told(5, { plan: 'pro' }), told(9, { seats: 3 })])).toEqual({
      member: true,
      sinceMs: 5,
    });
    expect(membership(rules.property, [told(9, { plan: 'free' }), told(5, { plan: 'pro' })]).member).toBe(
      false,
    );
    expect(membership({ ...rules.property, op: 'neq' }, []).member).toBe(true);
  });

  it('comes out the same for every order of arrival, repeats and merged identities', () => {
    const event = fc.oneof(
      fc.integer({ min: 0, max: 60 }).map((t) => bought(t)),
      fc
        .tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('pro', 'free'))
        .map(([t, plan]) => told(t, { plan })),
    );
    // An id is one event, so of equal ids only one is sent.
    const logs = fc.uniqueArray(event, { selector: (e) => e.eventId, maxLength: 12 });
    const cases = logs.chain((log) =>
      fc.tuple(
        fc.constant(log),
        fc.shuffledSubarray(log, { minLength: log.length }),
        fc.shuffledSubarray(log),
        fc.shuffledSubarray(log),
      ),
    );
    fc.assert(
      fc.property(cases, ([log, shuffled, repeats, part]) => {
        for (const rule of Object.values(rules)) {
          const cohort = cohortOf(rule);
          const run = (events: readonly BehaviourEvent[]): CohortState =>
            events.reduce(cohort.apply, EMPTY_COHORT_STATE);
          const whole = run(log);
          expect(run([...shuffled, ...repeats])).toEqual(whole);
          const rest = log.filter((e) => !part.includes(e));
          expect(cohort.merge(run(part), run([...rest, ...repeats]))).toEqual(whole);
        }
      }),
    );
  });

  it('reports every problem of a definition', () => {
    const codes = (input: unknown) => {
      const parsed = parseCohort(input);
      return parsed.ok ? [] : parsed.problems.map((problem) => `${problem.path}: ${problem.code}`);
    };
    expect(codes({ name: '', rule: { type: 'event', atLeast: 0, fromMs: 5, toMs: 5 } })).toEqual([
      'name: name_invalid',
      'rule: selector_empty',
      'rule.atLeast: count_invalid',
      'rule.toMs: period_invalid',
    ]);
    expect(codes({ name: 'c', rule: { type: 'acquired', fromMs: 'x' } })).toEqual([
      'rule.fromMs: period_invalid',
      'rule.toMs: period_invalid',
    ]);
    expect(codes({ name: 'c', rule: { type: 'property', path: 'plan', op: 'eq', value: 1 } })).toEqual([
      'rule.path: path_invalid',
    ]);
    expect(codes({ name: 'c', rule: { type: 'guess' } })).toEqual(['rule.type: rule_type_unknown']);
    expect(codes(7)).toEqual([': not_an_object']);
  });
});
