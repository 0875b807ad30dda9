import type { Case } from './cases.ts';
import { isWaiting, type LetterFilter, matches } from './filter.ts';
import type { RefusalReason, ReplayWay } from './ways.ts';

/** What a replay will do. */
export interface ReplayPlan {
  readonly send: readonly Case[];
  /** Matching, but back at their stage already. */
  readonly already: number;
  readonly refused: readonly { readonly case: Case; readonly reason: RefusalReason }[];
}

/** Oldest first, as they were. Pure. */
export function planReplay(
  cases: readonly Case[],
  filter: LetterFilter,
  wayOf: (stage: string) => ReplayWay,
  limit = Number.POSITIVE_INFINITY,
): ReplayPlan {
  const matching = cases.filter((c) => matches(c, filter));
  const waiting = matching
    .filter(isWaiting)
    .sort((a, b) => a.letter.failedAtMs - b.letter.failedAtMs || a.letter.at.offset - b.letter.at.offset)
    .slice(0, limit);
  const judged = waiting.map((c) => ({
    case: c,
    reason: wayOf(c.letter.stage).refusalOf(c.letter),
  }));
  return {
    send: judged.flatMap((j) => (j.reason === null ? [j.case] : [])),
    already: matching.length - matching.filter(isWaiting).length,
    refused: judged.flatMap((j) => (j.reason === null ? [] : [{ case: j.case, reason: j.reason }])),
  };
}
