import type { CompiledFunnel } from './compile.ts';
import { copyFold, type FunnelFold, foldEvent } from './fold.ts';
import { compareEvents, mergeHistories, type StepEvent } from './history.ts';
import { DEFAULT_FUNNEL_LIMITS, type FunnelLimits, type FunnelState, settle } from './state.ts';

/**
 * Two users who turned out to be one: the state that one history of both would have given. Exact unless one had settled
 * past the other's first event; then the better chain of the two is kept and `exact` turns false, so that the caller can
 * rebuild the user from the tables. Neither argument is changed.
 */
export function mergeFunnelStates(
  funnel: CompiledFunnel,
  a: FunnelState,
  b: FunnelState,
  limits: FunnelLimits = DEFAULT_FUNNEL_LIMITS,
): FunnelState {
  const settledTo = later(a.settledTo, b.settledTo);
  const apart = interleaves(a, b) || interleaves(b, a);
  const merged: FunnelState = {
    settled: mergeFolds(settledUpTo(funnel, a, settledTo), settledUpTo(funnel, b, settledTo)),
    settledTo,
    recent: mergeHistories(after(a.recent, settledTo), after(b.recent, settledTo)),
    head: null,
    tooLate: a.tooLate + b.tooLate,
    overflowed: a.overflowed + b.overflowed,
    exact: a.exact && b.exact && !apart,
  };
  settle(funnel, merged, limits);
  return merged;
}

/** Whether `a` has settled past the beginning of `b`: what lay between is known only as a fold. */
function interleaves(a: FunnelState, b: FunnelState): boolean {
  if (a.settledTo === null) return false;
  if (b.settledTo !== null) return true;
  const first = b.recent[0];
  return first !== undefined && compareEvents(first, a.settledTo) <= 0;
}

function later(a: StepEvent | null, b: StepEvent | null): StepEvent | null {
  if (a === null || b === null) return a ?? b;
  return compareEvents(a, b) < 0 ? b : a;
}

function settledUpTo(funnel: CompiledFunnel, state: FunnelState, end: StepEvent | null): FunnelFold {
  const fold = copyFold(state.settled);
  for (const event of state.recent) {
    if (end === null || compareEvents(event, end) > 0) break;
    foldEvent(funnel, fold, event.timeMs, event.mask);
  }
  return fold;
}

function after(history: readonly StepEvent[], end: StepEvent | null): readonly StepEvent[] {
  return end === null ? history : history.filter((event) => compareEvents(event, end) > 0);
}

/** Exact when one of the two is empty; else what surely holds. */
function mergeFolds(a: FunnelFold, b: FunnelFold): FunnelFold {
  const open = a.open.map((chain, i) => {
    const other = b.open[i] ?? null;
    if (chain === null || other === null) return chain ?? other;
    return (chain[0] ?? 0) >= (other[0] ?? 0) ? chain : other;
  });
  if (a.best === null || b.best === null) return { open, best: a.best ?? b.best };
  const bBetter =
    b.best.level > a.best.level || (b.best.level === a.best.level && b.best.reachedAtMs < a.best.reachedAtMs);
  return { open, best: bBetter ? b.best : a.best };
}
