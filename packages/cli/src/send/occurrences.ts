import { createHash } from 'node:crypto';

/** Rows remembered exactly; beyond, rows share counters. About 40 MB. */
const MAX_REMEMBERED = 500_000;
const SHARED_COUNTERS = 1 << 20;
const HASH_BYTES = 6; // a 48-bit integer is exact in a number

/**
 * How often a row's content came before, 0 for the first, so that equal rows get ids of their own. Memory is bounded: two
 * different rows may share a counter, which makes a number skip but never repeat for one content.
 */
export function createOccurrences(maxRemembered = MAX_REMEMBERED): (content: string) => number {
  const remembered = new Map<number, number>();
  const shared = new Uint32Array(SHARED_COUNTERS);
  return (content) => {
    const hash = createHash('sha1').update(content).digest().readUIntBE(0, HASH_BYTES);
    const known = remembered.get(hash);
    if (known !== undefined || remembered.size < maxRemembered) {
      const occurrence = known ?? 0;
      remembered.set(hash, occurrence + 1);
      return occurrence;
    }
    const slot = hash % SHARED_COUNTERS;
    const occurrence = shared[slot] ?? 0;
    shared[slot] = occurrence + 1;
    return occurrence;
  };
}
