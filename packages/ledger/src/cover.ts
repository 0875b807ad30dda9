import type { LedgerEntry } from './entry.ts';

/** Offsets that no entry speaks for. */
export interface Hole {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
}

/** The entries that tell the truth of one stage, topic and partition: each starts where the one before ends, but for holes. */
export interface Chain {
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly entries: readonly LedgerEntry[];
  readonly holes: readonly Hole[];
  readonly fromOffset: number;
  readonly nextOffset: number;
}

/**
 * Entries overlap after crashes: a run starts at a committed offset, which is the end of an earlier entry, and tells again
 * of what came after it. Of all ways from one end to the next the one that reaches farthest is the truth; what a replaced
 * process told beside it is left out. Where no way goes on, there is a hole.
 */
export function cover(entries: readonly LedgerEntry[]): Chain | null {
  const sorted = entries
    .filter((e) => e.nextOffset > e.firstOffset)
    .sort((a, b) => a.firstOffset - b.firstOffset || b.writtenAtMs - a.writtenAtMs);
  const [first] = sorted;
  if (first === undefined) return null;
  const chain: LedgerEntry[] = [];
  const holes: Hole[] = [];
  /** Offsets that a way leads to, and the last entry of that way. */
  let reached = new Map<number, LedgerEntry | null>([[first.firstOffset, null]]);
  let farthest = first.firstOffset;

  for (const entry of sorted) {
    if (entry.firstOffset > farthest) {
      chain.push(...wayTo(farthest, reached));
      holes.push({ from: farthest, to: entry.firstOffset });
      reached = new Map([[entry.firstOffset, null]]);
      farthest = entry.firstOffset;
    }
    if (!reached.has(entry.firstOffset) || reached.has(entry.nextOffset)) continue;
    reached.set(entry.nextOffset, entry);
    farthest = Math.max(farthest, entry.nextOffset);
  }
  chain.push(...wayTo(farthest, reached));
  const { stage, topic, partition, firstOffset } = first;
  return { stage, topic, partition, entries: chain, holes, fromOffset: firstOffset, nextOffset: farthest };
}

function wayTo(end: number, reached: ReadonlyMap<number, LedgerEntry | null>): LedgerEntry[] {
  const way: LedgerEntry[] = [];
  for (let last = reached.get(end); last; last = reached.get(last.firstOffset)) way.push(last);
  return way.reverse();
}
