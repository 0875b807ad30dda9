import type { CompiledFunnel } from './compile.ts';
import { type BestChain, copyFold, emptyFold, type FunnelFold, foldEvent, openUntilMs } from './fold.ts';
import { compareEvents, isAt, placeOf, type StepEvent } from './history.ts';

export interface FunnelLimits {
  /** How far behind a user's newest event another may come and still be counted exactly. Infinity: however late. */
  readonly latenessMs: number;
  /** Matched events kept per user and funnel. */
  readonly maxEvents: number;
}

export const DEFAULT_FUNNEL_LIMITS: FunnelLimits = { latenessMs: 7 * 86_400_000, maxEvents: 1_000 };

/**
 * One user in one funnel. `recent` is the sorted history of distinct matched events that something late may still come
 * between; `settled` is the fold of everything before it, `settledTo` its last event. Both together are the whole history.
 */
export interface FunnelState {
  settled: FunnelFold;
  settledTo: StepEvent | null;
  recent: StepEvent[];
  /** The fold of settled and recent; null after an event came between, until it is next asked for. */
  head: FunnelFold | null;
  /** Events that came after their place had settled: not counted, but known. */
  tooLate: number;
  /** Events settled early because maxEvents was reached. */
  overflowed: number;
  /** False once two histories were merged of which one had settled in between the other. */
  exact: boolean;
}

/** What became of an event. */
export type Applied = 'counted' | 'repeated' | 'too_late';

export function createFunnelState(funnel: CompiledFunnel): FunnelState {
  return {
    settled: emptyFold(funnel),
    settledTo: null,
    recent: [],
    head: emptyFold(funnel),
    tooLate: 0,
    overflowed: 0,
    exact: true,
  };
}

/** O(steps) for an event in order, O(log n) to place a late one; the fold after it is redone when progress is asked for. */
export function applyStepEvent(
  funnel: CompiledFunnel,
  state: FunnelState,
  event: StepEvent,
  limits: FunnelLimits = DEFAULT_FUNNEL_LIMITS,
): Applied {
  if (state.settledTo !== null && compareEvents(event, state.settledTo) <= 0) {
    state.tooLate++;
    return 'too_late';
  }
  const { recent } = state;
  const place = placeOf(recent, event);
  if (isAt(recent, place, event)) return 'repeated';
  if (place === recent.length) {
    recent.push(event);
    if (state.head !== null) foldEvent(funnel, state.head, event.timeMs, event.mask);
  } else {
    recent.splice(place, 0, event);
    state.head = null;
  }
  settle(funnel, state, limits);
  return 'counted';
}

/** Moves what nothing can come before any more, and what is beyond the bound, into the settled fold. */
export function settle(funnel: CompiledFunnel, state: FunnelState, limits: FunnelLimits): void {
  const { recent } = state;
  const horizonMs = (recent.at(-1)?.timeMs ?? 0) - limits.latenessMs;
  const tooMany = Math.max(0, recent.length - limits.maxEvents);
  let count = 0;
  for (const event of recent) {
    if (event.timeMs >= horizonMs && count >= tooMany) break;
    if (event.timeMs >= horizonMs) state.overflowed++;
    foldEvent(funnel, state.settled, event.timeMs, event.mask);
    state.settledTo = event;
    count++;
  }
  if (count > 0) recent.splice(0, count);
}

/** The fold over the whole history. */
export function headOf(funnel: CompiledFunnel, state: FunnelState): FunnelFold {
  if (state.head !== null) return state.head;
  const head = copyFold(state.settled);
  for (const event of state.recent) foldEvent(funnel, head, event.timeMs, event.mask);
  state.head = head;
  return head;
}

export interface FunnelProgress {
  /** Steps reached by the best chain; 0: none. */
  readonly level: number;
  readonly best: BestChain | null;
  /** in_progress: not converted, but a chain's window is still open at the time asked for. */
  readonly state: 'not_entered' | 'in_progress' | 'converted' | 'dropped';
  /** Until when an in_progress user may go on. */
  readonly openUntilMs: number | null;
}

/** The time decides only whether a window is open: every event counts, whatever its time. */
export function progressOf(funnel: CompiledFunnel, state: FunnelState, atMs: number): FunnelProgress {
  const head = headOf(funnel, state);
  const { best } = head;
  if (best === null) return { level: 0, best, state: 'not_entered', openUntilMs: null };
  const { level } = best;
  if (level === funnel.stepCount) return { level, best, state: 'converted', openUntilMs: null };
  const untilMs = openUntilMs(funnel, head);
  if (untilMs >= atMs) return { level, best, state: 'in_progress', openUntilMs: untilMs };
  return { level, best, state: 'dropped', openUntilMs: null };
}
