import {
  applyEvent,
  compileCohort,
  compileFunnel,
  createFunnelState,
  EMPTY_COHORT_STATE,
  fromProductEvent,
  parseCohort,
  parseFunnel,
} from '@fineprint/behaviour';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { describe, expect, it } from 'vitest';
import { cohortFigures, funnelFigures } from './merge.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const funnelOf = (order: string) => {
  const steps = ['view', 'cart', 'buy'].map((event) => ({ event }));
  const parsed = parseFunnel({ name: 'f', windowMs: HOUR_MS, order, steps });
  if (!parsed.ok) throw new Error('not sound');
  return compileFunnel(parsed.value);
};

const event = (name: string, timeMs: number) =>
  fromProductEvent(
    sampleProductEvent({ event_id: `${name}-${timeMs}`, event_name: name, event_time: timeMs }),
    'u:ann',
  );

const stateOf = (order: string, ...events: (readonly [string, number])[]) => {
  const state = createFunnelState(funnelOf(order));
  for (const [name, timeMs] of events) applyEvent(funnelOf(order), state, event(name, timeMs));
  return state;
};

describe('funnelFigures', () => {
  it('joins the histories of all ids as if they had been one', () => {
    const browser = stateOf('ordered', ['view', 1_000], ['buy', 3_000]);
    const app = stateOf('ordered', ['cart', 2_000]);
    expect(funnelFigures(funnelOf('ordered'), [browser, app])).toEqual({
      level: 3,
      stepCount: 3,
      steps: ['view', 'cart', 'buy'],
      stepOrders: [1, 2, 3],
      stepTimesMs: [1_000, 2_000, 3_000],
      enteredAtMs: 1_000,
      reachedAtMs: 3_000,
      openUntilMs: null,
      exact: true,
    });
  });

  it('tells until when the window is open, whatever the time is now', () => {
    const figures = funnelFigures(funnelOf('ordered'), [
      stateOf('ordered', ['view', 1_000], ['view', 5_000]),
    ]);
    expect(figures).toMatchObject({ level: 1, enteredAtMs: 1_000, openUntilMs: 5_000 + HOUR_MS });
  });

  it('in strict order closes what was interrupted', () => {
    const state = stateOf('strict', ['view', 1_000], ['cart', 2_000], ['help', 3_000]);
    expect(funnelFigures(funnelOf('strict'), [state])).toMatchObject({ level: 2, openUntilMs: 2_000 });
  });

  it('in any order leaves out the steps that were not reached', () => {
    const state = stateOf('any', ['buy', 1_000], ['view', 2_000]);
    expect(funnelFigures(funnelOf('any'), [state])).toMatchObject({
      level: 2,
      steps: ['view', 'buy'],
      stepOrders: [1, 3],
      stepTimesMs: [2_000, 1_000],
      enteredAtMs: 1_000,
      reachedAtMs: 2_000,
    });
  });

  it('is not exact where an event came too late to be counted, or histories settled apart', () => {
    const late = stateOf('ordered', ['view', 0], ['view', 30 * DAY_MS], ['cart', DAY_MS]);
    expect(funnelFigures(funnelOf('ordered'), [late]).exact).toBe(true); // nothing had settled after its place
    const tooLate = stateOf(
      'ordered',
      ['view', 0],
      ['view', 10 * DAY_MS],
      ['view', 30 * DAY_MS],
      ['cart', DAY_MS],
    );
    expect(funnelFigures(funnelOf('ordered'), [tooLate]).exact).toBe(false);
    const other = stateOf('ordered', ['view', 5 * DAY_MS]);
    const settled = stateOf('ordered', ['view', 0], ['view', 10 * DAY_MS], ['view', 30 * DAY_MS]);
    expect(funnelFigures(funnelOf('ordered'), [settled, other]).exact).toBe(false);
  });

  it('of nobody is level 0', () => {
    expect(funnelFigures(funnelOf('ordered'), [])).toMatchObject({ level: 0, steps: [], enteredAtMs: null });
  });
});

it('cohortFigures joins what each id knows', () => {
  const parsed = parseCohort({ name: 'c', rule: { type: 'event', event: 'buy', atLeast: 2 } });
  if (!parsed.ok) throw new Error('not sound');
  const cohort = compileCohort(parsed.value);
  const once = (timeMs: number) => cohort.apply(EMPTY_COHORT_STATE, event('buy', timeMs));
  expect(cohortFigures(cohort, [once(5)])).toEqual({ member: false, sinceMs: null });
  expect(cohortFigures(cohort, [once(5), once(9)])).toEqual({ member: true, sinceMs: 9 });
  expect(cohortFigures(cohort, [])).toEqual({ member: false, sinceMs: null });
});
