import { type Entry, FIRST_PREV_HASH, hashOf } from './entry.ts';

/** A head of the chain as it was published: at that time the entry of this number had this hash. */
export interface Anchor {
  readonly seq: number;
  readonly hash: string;
  readonly at: string;
}

export const flaws = ['removed', 'moved', 'changed', 'unlinked', 'rewritten', 'cut_off'] as const;
export type Flaw = (typeof flaws)[number];

/** What each flaw says of the entry that is named. */
export const flawMeanings = {
  removed: 'is not there, though a later one is',
  moved: 'is not where its number says',
  changed: 'does not have the hash of what it says',
  unlinked: 'does not follow from the entry before it, which was changed, put in or taken out',
  rewritten: 'is whole, but not what an anchor says it was: the chain was made anew',
  cut_off: 'is not there, though an anchor says it was: the end of the chain was taken away',
} as const satisfies Record<Flaw, string>;

/** The first entry that is not as it was written. */
export interface Broken {
  readonly seq: number;
  readonly flaw: Flaw;
  /** When it was written, where that can be said. */
  readonly at: string | null;
}

export interface Verdict {
  readonly entries: number;
  readonly anchors: number;
  /** The last entry that an anchor vouches for; null where there is no anchor. What comes later could still be rewritten unseen. */
  readonly anchoredTo: number | null;
  readonly broken: Broken | null;
}

/** Goes over the whole chain in its stored order, and holds it against what was published of it. */
export async function verifyChain(
  entries: AsyncIterable<Entry> | Iterable<Entry>,
  anchors: readonly Anchor[],
): Promise<Verdict> {
  const anchored = new Map<number, Anchor[]>();
  for (const anchor of anchors) anchored.set(anchor.seq, [...(anchored.get(anchor.seq) ?? []), anchor]);
  let last = { seq: 0, hash: FIRST_PREV_HASH };
  let anchoredTo: number | null = null;
  const verdict = (broken: Broken | null): Verdict => ({
    entries: last.seq,
    anchors: anchors.length,
    anchoredTo,
    broken,
  });
  for await (const entry of entries) {
    const flaw = flawOf(entry, last);
    // The one that is missing is not there to be named by its time.
    if (flaw === 'removed') return verdict({ seq: last.seq + 1, flaw, at: null });
    if (flaw !== null) return verdict({ seq: entry.seq, flaw, at: entry.at });
    const published = anchored.get(entry.seq) ?? [];
    if (published.some(({ hash }) => hash !== entry.hash)) {
      return verdict({ seq: entry.seq, flaw: 'rewritten', at: entry.at });
    }
    if (published.length > 0) anchoredTo = entry.seq;
    last = entry;
  }
  const beyond = anchors.some(({ seq }) => seq > last.seq);
  return verdict(beyond ? { seq: last.seq + 1, flaw: 'cut_off', at: null } : null);
}

function flawOf(entry: Entry, last: { readonly seq: number; readonly hash: string }): Flaw | null {
  if (entry.seq > last.seq + 1) return 'removed';
  if (entry.seq <= last.seq) return 'moved';
  if (entry.hash !== hashOf(entry)) return 'changed';
  return entry.prevHash === last.hash ? null : 'unlinked';
}
