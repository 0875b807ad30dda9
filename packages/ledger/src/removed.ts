import type { Chain } from './cover.ts';
import type { LedgerEntry } from './entry.ts';
import type { RowQuestion } from './rows.ts';
import { total } from './sum.ts';

/** The entries after the last one with a record that was received before: their rows are all still to be there. */
export function entriesSince(entries: readonly LedgerEntry[], removedBeforeMs: number): LedgerEntry[] {
  const last = entries.findLastIndex((e) => e.taken.records > 0 && e.firstTimeMs < removedBeforeMs);
  return entries.slice(last + 1);
}

/** What of a question can still be asked, and how many rows the rest was about. */
export function withoutRemoved(
  question: RowQuestion,
  removedBeforeMs: number,
): { readonly question: RowQuestion | null; readonly expired: number } {
  const entries = entriesSince(question.entries, removedBeforeMs);
  const gone = question.entries.slice(0, question.entries.length - entries.length);
  return {
    question: entries.length === 0 ? null : { ...question, entries },
    expired: total(gone.map(question.expected)).records,
  };
}

/** The offset from which on a chain's records are all still in a table that was removed from. */
export function offsetSince(chain: Chain, removedBeforeMs: number): number {
  return entriesSince(chain.entries, removedBeforeMs)[0]?.firstOffset ?? chain.nextOffset;
}
