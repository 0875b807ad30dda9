import type { FunnelOrder } from '../funnel/definition.ts';
import type { BestChain } from '../funnel/fold.ts';
import type { StepEvent } from '../funnel/history.ts';

/**
 * The funnel by its definition, for tests: every chain there is, listed one by one, then the best by comparison.
 * Exponential, and shares no code with the engine.
 */
export function bruteForceBest(
  events: readonly StepEvent[],
  stepCount: number,
  windowMs: number,
  order: FunnelOrder,
): BestChain | null {
  const sorted = [...new Map(events.map((event) => [event.id, event])).values()].sort(byDefinition);
  const chains =
    order === 'any' ? anyChains(sorted, stepCount, windowMs) : allChains(sorted, stepCount, order);
  let best: PlacedChain | null = null;
  for (const chain of chains) {
    const times = chain.stepTimes.filter((time) => time !== null);
    if (Math.max(...times) - Math.min(...times) > windowMs) continue;
    if (best === null || isBetter(chain, best, order)) best = chain;
  }
  return best === null
    ? null
    : { level: best.level, reachedAtMs: best.reachedAtMs, stepTimes: best.stepTimes };
}

/** Places, not times, say who was first: events of one millisecond have an order too. */
interface PlacedChain extends BestChain {
  readonly endPlace: number;
}

function byDefinition(a: StepEvent, b: StepEvent): number {
  const step = (mask: number): number => {
    for (let i = 0; i < 32; i++) if (mask & (1 << i)) return i;
    return 99;
  };
  return a.timeMs - b.timeMs || step(a.mask) - step(b.mask) || (a.id < b.id ? -1 : 1);
}

function allChains(sorted: readonly StepEvent[], stepCount: number, order: FunnelOrder): PlacedChain[] {
  const found: PlacedChain[] = [];
  const grow = (times: number[], from: number): void => {
    if (times.length > 0) {
      found.push({
        level: times.length,
        reachedAtMs: times.at(-1) ?? 0,
        stepTimes: times,
        endPlace: from - 1,
      });
    }
    if (times.length === stepCount) return;
    const end = order === 'strict' && times.length > 0 ? Math.min(from + 1, sorted.length) : sorted.length;
    for (let i = from; i < end; i++) {
      const event = sorted[i];
      if (event && event.mask & (1 << times.length)) grow([...times, event.timeMs], i + 1);
    }
  };
  grow([], 0);
  return found;
}

/** For each end: the steps seen in the window before it, each at its latest time. */
function anyChains(sorted: readonly StepEvent[], stepCount: number, windowMs: number): PlacedChain[] {
  return sorted
    .map((end, place) => {
      const inside = sorted.slice(0, place + 1).filter((event) => event.timeMs >= end.timeMs - windowMs);
      const stepTimes = Array.from({ length: stepCount }, (_, step) => {
        const times = inside.filter((event) => event.mask & (1 << step)).map((event) => event.timeMs);
        return times.length === 0 ? null : Math.max(...times);
      });
      return {
        level: stepTimes.filter((t) => t !== null).length,
        reachedAtMs: end.timeMs,
        stepTimes,
        endPlace: place,
      };
    })
    .filter((chain) => chain.level > 0);
}

/** Furthest, then earliest there, then latest start, then each step as early as it can be. */
function isBetter(a: PlacedChain, b: PlacedChain, order: FunnelOrder): boolean {
  if (a.level !== b.level) return a.level > b.level;
  if (a.endPlace !== b.endPlace) return a.endPlace < b.endPlace;
  if (order === 'any') return false;
  const start = (a.stepTimes[0] ?? 0) - (b.stepTimes[0] ?? 0);
  if (start !== 0) return start > 0;
  for (const [i, time] of a.stepTimes.entries()) {
    const other = b.stepTimes[i] ?? 0;
    if (time !== null && time !== other) return time < other;
  }
  return false;
}
