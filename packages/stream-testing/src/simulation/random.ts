/** A repeatable source of random numbers (mulberry32). Everything that a run leaves to chance comes from one seed. */
export interface Random {
  /** 0 inclusive to 1 exclusive. */
  next(): number;
  /** A whole number from 0 to n - 1. */
  below(n: number): number;
  chance(probability: number): boolean;
  between(min: number, max: number): number;
  pick<T>(list: readonly T[]): T;
  /** Another source, so that what one part draws does not shift what another one gets. */
  fork(name: string): Random;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    between: (min, max) => min + next() * (max - min),
    pick(list) {
      const picked = list[below(list.length)];
      if (picked === undefined) throw new Error('nothing to pick from');
      return picked;
    },
    fork: (name) => createRandom(hashText(seed, name)),
  };
}

/** FNV-1a of a text, going on from `start`. */
export function hashText(start: number, text: string): number {
  let hash = (start ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash;
}
