import type { Random } from '../random.ts';
import type { EventSource, PlannedEvent } from './event-source.ts';

/** Events of one request, repeats among them. */
export interface Batch {
  readonly fresh: readonly PlannedEvent[];
  /** In the order of sending: `fresh` and repeats. */
  readonly all: readonly PlannedEvent[];
}

/** A fifth of all that is sent was sent before: half of that in the same batch, half of it earlier. */
const REPEATS_PER_FRESH = 0.25;
const REMEMBERED = 500;

/** Repeats come from the same producer, as retries do: so they follow what they repeat into the same partition. */
export function createBatches(source: EventSource, random: Random) {
  const earlier: PlannedEvent[] = [];
  return {
    next(size: number, nowMs: number): Batch {
      const fresh: PlannedEvent[] = [];
      const all: PlannedEvent[] = [];
      for (let i = 0; i < size; i++) {
        const event = source.next(nowMs);
        fresh.push(event);
        all.push(event);
        if (!random.chance(REPEATS_PER_FRESH)) continue;
        all.push(random.chance(0.5) || earlier.length === 0 ? random.pick(fresh) : random.pick(earlier));
      }
      earlier.push(...fresh);
      earlier.splice(0, Math.max(0, earlier.length - REMEMBERED));
      return { fresh, all };
    },
  };
}
