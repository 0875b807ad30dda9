/**
 * What goes wrong with one request. `after`: it has been taken, and whoever sent it does not learn that. `hang`: it has not
 * been taken, and there is no answer either.
 */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'error'; readonly status: 500 | 502 | 503 }
  | { readonly kind: 'busy'; readonly retryAfterS: number | null }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'timeout-after' };

/** Asked once per request. */
export type Faults = () => Fault;

export const noFaults: Faults = () => ({ kind: 'none' });
export const always =
  (fault: Fault): Faults =>
  () =>
    fault;

/** The same seed gives the same faults. `share`: of requests that something goes wrong with. */
export function seededFaults(seed: number, share: number, slowMs = 50): Faults {
  const random = mulberry32(seed);
  const kinds: readonly (() => Fault)[] = [
    () => ({ kind: 'slow', delayMs: Math.round(random() * slowMs) }),
    () => ({ kind: 'error', status: random() < 0.5 ? 500 : 503 }),
    () => ({ kind: 'busy', retryAfterS: random() < 0.5 ? null : 1 }),
    () => ({ kind: 'reset' }),
    () => ({ kind: 'reset-after' }),
    () => ({ kind: 'timeout-after' }),
  ];
  return () => {
    if (random() >= share) return { kind: 'none' };
    return kinds[Math.floor(random() * kinds.length)]?.() ?? { kind: 'none' };
  };
}

/** A small generator with a period long enough for tests. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
