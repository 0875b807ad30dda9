import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bruteForceBest } from '../testing/brute-funnel.ts';
import type { CompiledFunnel } from './compile.ts';
import { compileFunnel } from './compile.ts';
import { FUNNEL_ORDERS, type FunnelOrder, parseFunnel } from './definition.ts';
import { openUntilMs } from './fold.ts';
import type { StepEvent } from './history.ts';
import { mergeFunnelStates } from './merge.ts';
import {
  applyStepEvent,
  createFunnelState,
  type FunnelLimits,
  type FunnelState,
  headOf,
  progressOf,
} from './state.ts';

const WINDOW_MS = 1_000;
const UNBOUNDED: FunnelLimits = { latenessMs: Number.POSITIVE_INFINITY, maxEvents: 1_000 };

function funnelOf(order: FunnelOrder, steps = 4): CompiledFunnel {
  const parsed = parseFunnel({
    name: 'f',
    order,
    windowMs: WINDOW_MS,
    steps: Array.from({ length: steps }, (_, i) => ({ event: `e${i}` })),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileFunnel(parsed.value);
}

/** Few times and many steps, so that ties, overlaps and window edges are common. */
const history = (order: FunnelOrder, maxLength = 11) =>
  fc
    .array(
      fc.record({
        at: fc.integer({ min: 0, max: 12 }),
        mask: fc.integer({ min: order === 'strict' ? 0 : 1, max: 15 }),
      }),
      { maxLength },
    )
    .map((rows) => rows.map(({ at, mask }, i): StepEvent => ({ timeMs: at * 250, mask, id: `id-${i}` })));

const arrival = <T>(items: readonly T[]) =>
  fc.tuple(
    fc.shuffledSubarray([...items], { minLength: items.length }),
    fc.array(fc.constantFrom(...items), { maxLength: items.length === 0 ? 0 : 6 }),
  );

function run(funnel: CompiledFunnel, events: readonly StepEvent[], limits = UNBOUNDED): FunnelState {
  const state = createFunnelState(funnel);
  for (const event of events) applyStepEvent(funnel, state, event, limits);
  return state;
}

describe.each(FUNNEL_ORDERS)('%s', (order) => {
  const funnel = funnelOf(order);

  it('equals the list of all chains, in whatever order and however often events come', () => {
    const cases = history(order).chain((events) =>
      fc.tuple(
        fc.constant(events),
        events.length === 0 ? fc.constant([[], []] as [StepEvent[], StepEvent[]]) : arrival(events),
      ),
    );
    fc.assert(
      fc.property(cases, ([events, [shuffled, repeats]]) => {
        const state = run(funnel, [...shuffled, ...repeats]);
        expect(headOf(funnel, state).best).toEqual(bruteForceBest(events, 4, WINDOW_MS, order));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is right after each event, not only after the last', () => {
    fc.assert(
      fc.property(history(order, 8), (events) => {
        const state = createFunnelState(funnel);
        for (const [i, event] of events.entries()) {
          applyStepEvent(funnel, state, event, UNBOUNDED);
          const soFar = events.slice(0, i + 1);
          expect(headOf(funnel, state).best).toEqual(bruteForceBest(soFar, 4, WINDOW_MS, order));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the same result when what nothing can precede has settled', () => {
    fc.assert(
      fc.property(history(order), fc.integer({ min: 0, max: 3_000 }), (events, latenessMs) => {
        const state = createFunnelState(funnel);
        const counted = events.filter(
          (event) => applyStepEvent(funnel, state, event, { latenessMs, maxEvents: 1_000 }) === 'counted',
        );
        expect(state.tooLate).toBe(events.length - counted.length);
        expect(headOf(funnel, state).best).toEqual(bruteForceBest(counted, 4, WINDOW_MS, order));
      }),
      { numRuns: 500 },
    );
  });

  it('merges two users into what one history would have given', () => {
    fc.assert(
      fc.property(
        history(order),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 12, maxLength: 12 }),
        (events, side) => {
          // Side 2: both have it, as after a replay.
          const a = events.filter((_, i) => side[i] !== 1);
          const b = events.filter((_, i) => side[i] !== 0);
          const merged = mergeFunnelStates(funnel, run(funnel, a), run(funnel, b), UNBOUNDED);
          const whole = run(funnel, [...events].reverse());
          expect(headOf(funnel, merged)).toEqual(headOf(funnel, whole));
          expect({ ...merged, head: null }).toEqual({ ...whole, head: null });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('merges settled users exactly, or says that it could not', () => {
    const bounded = fc.record({
      latenessMs: fc.integer({ min: 0, max: 3_000 }),
      maxEvents: fc.integer({ min: 1, max: 12 }),
    });
    let exact = 0;
    fc.assert(
      fc.property(history(order, 9), history(order, 9), bounded, (a, b, bound) => {
        const mine = b.map((event) => ({ ...event, timeMs: event.timeMs + 1_500, id: `b-${event.id}` }));
        const counted: StepEvent[] = [];
        const [first, second] = [a, mine].map((events) => {
          const state = createFunnelState(funnel);
          for (const event of events) {
            if (applyStepEvent(funnel, state, event, bound) === 'counted') counted.push(event);
          }
          return state;
        });
        if (first === undefined || second === undefined) throw new Error('two histories');
        const merged = mergeFunnelStates(funnel, first, second, bound);
        const best = bruteForceBest(counted, 4, WINDOW_MS, order);
        const found = headOf(funnel, merged).best;
        expect(found?.level ?? 0).toBeLessThanOrEqual(order === 'strict' ? 4 : (best?.level ?? 0));
        if (!merged.exact) return;
        exact++;
        expect(found).toEqual(best);
      }),
      { numRuns: 500 },
    );
    expect(exact).toBeGreaterThan(50);
  });

  it('survives the way through JSON at any point', () => {
    fc.assert(
      fc.property(history(order), fc.integer({ min: 0, max: 11 }), (events, cut) => {
        const before = run(funnel, events.slice(0, cut));
        const restored = JSON.parse(JSON.stringify({ ...before, head: null })) as FunnelState;
        for (const event of events.slice(cut)) applyStepEvent(funnel, restored, event, UNBOUNDED);
        expect(headOf(funnel, restored)).toEqual(headOf(funnel, run(funnel, events)));
      }),
    );
  });
});

const at = (timeMs: number, step: number, id = `${timeMs}-${step}`): StepEvent => ({
  timeMs,
  mask: 1 << step,
  id,
});

describe('limits', () => {
  const funnel = funnelOf('ordered', 2);

  it('keeps at most maxEvents, says how many settled early, and still counts in order', () => {
    const limits = { latenessMs: Number.POSITIVE_INFINITY, maxEvents: 3 };
    const state = run(funnel, [at(0, 0), at(10, 0), at(20, 0), at(30, 0), at(40, 1)], limits);
    expect(state).toMatchObject({ overflowed: 2, settledTo: at(10, 0), tooLate: 0 });
    expect(state.recent).toHaveLength(3);
    expect(headOf(funnel, state).best?.stepTimes).toEqual([30, 40]);
    expect(applyStepEvent(funnel, state, at(5, 1), limits)).toBe('too_late');
    expect(applyStepEvent(funnel, state, at(10, 0), limits)).toBe('too_late');
    expect(state.tooLate).toBe(2);
  });

  it('says so when settled histories lie across each other', () => {
    const limits = { latenessMs: 100, maxEvents: 1_000 };
    const a = run(funnel, [at(0, 0), at(500, 0)], limits);
    const later = run(funnel, [at(600, 1)], limits);
    expect(mergeFunnelStates(funnel, a, later, limits)).toMatchObject({ exact: true });
    const across = mergeFunnelStates(funnel, a, run(funnel, [at(0, 1), at(600, 1)], limits), limits);
    expect(across.exact).toBe(false);
    expect(headOf(funnel, across).best?.stepTimes).toEqual([500, 600]);
  });
});

describe('progress at a time', () => {
  const funnel = funnelOf('ordered', 3);

  it('is open to the end of the window, inclusive', () => {
    const state = run(funnel, [at(0, 0), at(400, 1)]);
    expect(progressOf(funnel, state, 1_000)).toMatchObject({
      level: 2,
      state: 'in_progress',
      openUntilMs: 1_000,
    });
    expect(progressOf(funnel, state, 1_001)).toMatchObject({ level: 2, state: 'dropped', openUntilMs: null });
    applyStepEvent(funnel, state, at(1_000, 2), UNBOUNDED);
    expect(progressOf(funnel, state, 9_000)).toMatchObject({
      state: 'converted',
      best: { level: 3, reachedAtMs: 1_000, stepTimes: [0, 400, 1_000] },
    });
  });

  it('opens again with a new first step, and keeps the furthest chain', () => {
    const state = run(funnel, [at(0, 0), at(400, 1), at(5_000, 0)]);
    expect(progressOf(funnel, state, 5_500)).toMatchObject({
      level: 2,
      state: 'in_progress',
      openUntilMs: 6_000,
    });
  });

  it('knows no one who never took a first step', () => {
    expect(progressOf(funnel, run(funnel, [at(0, 2)]), 0)).toMatchObject({ level: 0, state: 'not_entered' });
    expect(openUntilMs(funnel, headOf(funnel, createFunnelState(funnel)))).toBe(Number.NEGATIVE_INFINITY);
  });
});
