import type { BehaviourEvent } from '../event.ts';

let count = 0;

/** An event for tests; whatever is not given has no influence. */
export function sampleEvent(change: Partial<BehaviourEvent> = {}): BehaviourEvent {
  count++;
  return {
    eventId: `event-${String(count).padStart(9, '0')}`,
    timeMs: 0,
    subject: 'u:ann',
    name: 'visit',
    kind: 'track',
    properties: {},
    context: {},
    fields: {},
    traits: null,
    ...change,
  };
}

export const day = (n: number, hours = 12): number => Date.UTC(2024, 0, n, hours);

/** A seeded source of numbers in [0, 1), the same on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a bad network makes of a log: shuffled, and one in five twice. */
export function disturb<T>(items: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  const sent = [...items, ...items.filter(() => random() < 0.2)];
  for (let i = sent.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [sent[i], sent[j]];
    if (a !== undefined && b !== undefined) [sent[i], sent[j]] = [b, a];
  }
  return sent;
}
