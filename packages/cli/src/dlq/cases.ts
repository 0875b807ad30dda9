import type { Letter } from './letter.ts';

/** `open`: never replayed. `refused_again`: replayed, and its stage refused it once more. `replayed`: it has not come back. */
export type CaseState = 'open' | 'refused_again' | 'replayed';

/** One refused record with all letters about it: a stage that refuses it again after a replay writes another one. */
export interface Case {
  /** The last letter: what counts now, and what a replay sends. */
  readonly letter: Letter;
  /** The first letter's id. */
  readonly rootId: string;
  readonly state: CaseState;
  /** How often it came back from a replay, as far as letters tell. */
  readonly refusals: number;
  readonly replayedAt: Date | null;
  /** Ids of all its letters. */
  readonly ids: readonly string[];
}

/** The note that a letter went back to its stage. */
export interface ReplayMark {
  readonly failedAtMs: number;
  readonly replayedAt: Date;
}

/** Letters by the record they are about. `sameAs` gives the id of an earlier letter where another way than a header tells. */
export function toCases(
  letters: readonly Letter[],
  marks: ReadonlyMap<string, ReplayMark>,
  sameAs: (letter: Letter) => string | null = () => null,
): Case[] {
  const firstOf = new Map<string, Letter>();
  const rootOf = new Map<string, string>();
  const groups = new Map<string, Letter[]>();
  // Earlier letters come first, so a letter only ever joins a group that is there: headers may be forged, circles cannot be.
  for (const letter of letters.toSorted((a, b) => (isLater(a, b) ? 1 : -1))) {
    const parent = firstOf.get(letter.id) ?? earlierOf(letter, firstOf, sameAs);
    const root = (parent === undefined ? undefined : rootOf.get(parent.id)) ?? letter.id;
    if (!firstOf.has(letter.id)) firstOf.set(letter.id, letter);
    if (!rootOf.has(letter.id)) rootOf.set(letter.id, root);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [letter]);
    else group.push(letter);
  }
  return [...groups].map(([rootId, group]) => toCase(rootId, group, marks));
}

function earlierOf(
  letter: Letter,
  firstOf: ReadonlyMap<string, Letter>,
  sameAs: (letter: Letter) => string | null,
): Letter | undefined {
  const told = firstOf.get(sameAs(letter) ?? '');
  if (told !== undefined) return told;
  const earlier = firstOf.get(letter.replayOf ?? '');
  // Other bytes are another record, whatever its header says: nobody hides a letter behind one of his own.
  const isSameRecord =
    earlier?.valueHash === letter.valueHash &&
    earlier.stage === letter.stage &&
    earlier.sourceTopic === letter.sourceTopic;
  return isSameRecord ? earlier : undefined;
}

function toCase(rootId: string, group: readonly Letter[], marks: ReadonlyMap<string, ReplayMark>): Case {
  const letter = group.at(-1);
  if (letter === undefined) throw new Error('a group has a letter');
  const ids = [...new Set(group.map((l) => l.id))];
  const ofIds = ids.flatMap((id) => marks.get(id) ?? []);
  const mark = marks.get(letter.id);
  const isReplayed = mark !== undefined && mark.failedAtMs >= letter.failedAtMs;
  const cameBack = ids.length > 1 || ofIds.length > 0;
  const replayed = ofIds.map((m) => m.replayedAt.getTime());
  return {
    letter,
    rootId,
    state: isReplayed ? 'replayed' : cameBack ? 'refused_again' : 'open',
    refusals: Math.max(ids.length - 1, !isReplayed && ofIds.length > 0 ? 1 : 0),
    replayedAt: replayed.length === 0 ? null : new Date(Math.max(...replayed)),
    ids,
  };
}

const isLater = (a: Letter, b: Letter): boolean =>
  a.failedAtMs > b.failedAtMs || (a.failedAtMs === b.failedAtMs && a.at.offset > b.at.offset);
