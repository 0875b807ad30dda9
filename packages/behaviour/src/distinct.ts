import type { BehaviourEvent } from './event.ts';

/** Each event once, by id, in the order of time then id: what every analysis below starts from. */
export function distinctInOrder(events: Iterable<BehaviourEvent>): BehaviourEvent[] {
  const byId = new Map<string, BehaviourEvent>();
  for (const event of events) {
    const present = byId.get(event.eventId);
    // Copies that differ in time count at the earlier one, whichever came first.
    if (present === undefined || event.timeMs < present.timeMs) byId.set(event.eventId, event);
  }
  return [...byId.values()].sort(byTimeThenId);
}

function byTimeThenId(a: BehaviourEvent, b: BehaviourEvent): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}

/** Plain code unit order: the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The q-quantile of sorted numbers, interpolated as by default in numpy and ClickHouse's quantileExactInclusive. */
export function quantile(sorted: readonly number[], q: number): number | null {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * q;
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}
