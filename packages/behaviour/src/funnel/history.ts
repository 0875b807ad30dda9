/** An event as far as one funnel cares. JSON, as it goes into the compacted topic. */
export interface StepEvent {
  readonly timeMs: number;
  /** Bit i: matches step i. 0 in strict funnels: an event that comes between. */
  readonly mask: number;
  readonly id: string;
}

const NO_STEP = 32;

/** Lowest step first; events that match none last. */
function rankOf(mask: number): number {
  return mask === 0 ? NO_STEP : 31 - Math.clz32(mask & -mask);
}

/**
 * The order of a history: by time; at the same millisecond in the order of the funnel's steps; then by id. It depends on
 * nothing but the events, so every order of arrival leads to it.
 */
export function compareEvents(a: StepEvent, b: StepEvent): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  const rank = rankOf(a.mask) - rankOf(b.mask);
  if (rank !== 0) return rank;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Where `event` is, or belongs, in a sorted history: the first place not before it. */
export function placeOf(history: readonly StepEvent[], event: StepEvent): number {
  const last = history.at(-1);
  // Most events come in order.
  if (last === undefined || compareEvents(last, event) < 0) return history.length;
  let low = 0;
  let high = history.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = history[middle];
    if (found !== undefined && compareEvents(found, event) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function isAt(history: readonly StepEvent[], place: number, event: StepEvent): boolean {
  const found = history[place];
  return found !== undefined && found.timeMs === event.timeMs && found.id === event.id;
}

/** Two sorted histories as one, each event once. */
export function mergeHistories(a: readonly StepEvent[], b: readonly StepEvent[]): StepEvent[] {
  const merged: StepEvent[] = [];
  let j = 0;
  for (const event of a) {
    for (let next = b[j]; next !== undefined && compareEvents(next, event) <= 0; next = b[j]) {
      if (!isAt([event], 0, next)) merged.push(next);
      j++;
    }
    merged.push(event);
  }
  for (; j < b.length; j++) {
    const rest = b[j];
    if (rest !== undefined) merged.push(rest);
  }
  return merged;
}
