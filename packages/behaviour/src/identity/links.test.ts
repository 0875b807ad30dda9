import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFunnel } from '../funnel/compile.ts';
import { parseFunnel } from '../funnel/definition.ts';
import { mergeFunnelStates } from '../funnel/merge.ts';
import { applyStepEvent, createFunnelState, type FunnelState, headOf } from '../funnel/state.ts';
import { createIdentityMap, type IdentityLink } from './links.ts';

const link = (anonymousId: string, userId: string, timeMs: number): IdentityLink => ({
  anonymousId,
  userId,
  timeMs,
});

describe('identity', () => {
  it('joins an anonymous history to its user, and says what moved', () => {
    const map = createIdentityMap();
    expect(map.subjectOf(null, 'x')).toBe('a:x');
    expect(map.subjectOf(null, null)).toBeNull();
    expect(map.link(link('x', 'ann', 5))).toEqual({
      change: { anonymousId: 'x', from: 'a:x', to: 'u:ann' },
      conflict: null,
    });
    expect(map.link(link('x', 'ann', 9))).toEqual({ change: null, conflict: null });
    expect(map.subjectOf(null, 'x')).toBe('u:ann');
    expect(map.membersOf('u:ann')).toEqual(['u:ann', 'a:x']);
    expect(map.membersOf('a:x')).toEqual(['a:x']);
  });

  it('leaves a shared machine to the user who was there first, also when that is learnt late', () => {
    const map = createIdentityMap([link('x', 'bob', 9)]);
    expect(map.link(link('x', 'cyd', 10)).conflict).toEqual({
      anonymousId: 'x',
      keptBy: 'bob',
      refused: 'cyd',
    });
    expect(map.link(link('x', 'ann', 5))).toEqual({
      change: { anonymousId: 'x', from: 'u:bob', to: 'u:ann' },
      conflict: { anonymousId: 'x', keptBy: 'ann', refused: 'bob' },
    });
    expect(map.membersOf('u:bob')).toEqual(['u:bob']);
    expect(map.subjectOf('bob', 'x')).toBe('u:bob');
  });

  it('gives what two users claimed in the same millisecond to the lesser id', () => {
    expect(createIdentityMap([link('x', 'bob', 1), link('x', 'ann', 1)]).subjectOf(null, 'x')).toBe('u:ann');
  });

  it('cannot be led in a circle by ids that are spelt alike', () => {
    const map = createIdentityMap([link('b', 'a', 1), link('a', 'b', 2)]);
    expect(map.subjectOf(null, 'a')).toBe('u:b');
    expect(map.subjectOf(null, 'b')).toBe('u:a');
    expect(map.subjectOf('a', null)).toBe('u:a');
  });

  const names = fc.constantFrom('p', 'q', 'r', 's');
  const links = fc.array(
    fc.record({ anonymousId: names, userId: names, timeMs: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 12 },
  );

  it('depends on the set of links, not on their order or number', () => {
    const cases = links.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(cases, ([all, shuffled]) => {
        const a = createIdentityMap(all);
        const b = createIdentityMap([...shuffled, ...all]);
        const restored = createIdentityMap(a.links());
        for (const id of ['p', 'q', 'r', 's']) {
          expect(b.subjectOf(null, id)).toBe(a.subjectOf(null, id));
          expect(b.membersOf(`u:${id}`)).toEqual(a.membersOf(`u:${id}`));
          expect(restored.membersOf(`u:${id}`)).toEqual(a.membersOf(`u:${id}`));
        }
      }),
    );
  });
});

describe('histories rejoined', () => {
  const steps = [{ event: 'a' }, { event: 'b' }, { event: 'c' }];
  const parsed = parseFunnel({ name: 'f', windowMs: 5_000, steps });
  if (!parsed.ok) throw new Error('sound funnel');
  const funnel = compileFunnel(parsed.value);
  const limits = { latenessMs: Number.POSITIVE_INFINITY, maxEvents: 1_000 };
  const ids = fc.constantFrom('p', 'q');

  it('gives each user the funnel of all events that are theirs, wherever identify falls', () => {
    const events = fc.array(
      fc.record({
        user: fc.option(ids, { nil: null }),
        anonymous: ids,
        timeMs: fc.integer({ min: 0, max: 9 }).map((n) => n * 1_000),
        step: fc.integer({ min: 0, max: 2 }),
      }),
      { maxLength: 14 },
    );
    const links = fc.array(
      fc.record({ anonymousId: ids, userId: ids, timeMs: fc.integer({ min: 0, max: 9 }) }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(events, links, (all, known) => {
        const identity = createIdentityMap(known);
        const raw = new Map<string, FunnelState>();
        const whole = new Map<string, FunnelState>();
        const apply = (states: Map<string, FunnelState>, subject: string, i: number): void => {
          const event = all[i];
          if (event === undefined) return;
          const state = states.get(subject) ?? createFunnelState(funnel);
          states.set(subject, state);
          applyStepEvent(funnel, state, { timeMs: event.timeMs, mask: 1 << event.step, id: `${i}` }, limits);
        };
        for (const [i, { user, anonymous }] of all.entries()) {
          apply(raw, user === null ? `a:${anonymous}` : `u:${user}`, i);
          apply(whole, identity.subjectOf(user, anonymous) ?? '', i);
        }
        for (const [subject, expected] of whole) {
          const joined = identity
            .membersOf(subject)
            .map((member) => raw.get(member) ?? createFunnelState(funnel))
            .reduce((a, b) => mergeFunnelStates(funnel, a, b, limits));
          expect(headOf(funnel, joined)).toEqual(headOf(funnel, expected));
        }
      }),
      { numRuns: 500 },
    );
  });
});
