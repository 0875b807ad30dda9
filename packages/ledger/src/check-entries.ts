import { topics } from '@fineprint/topology';
import type { Chain } from './cover.ts';
import { endingsOf, type LedgerEntry, placeOf } from './entry.ts';
import { type Finding, gap } from './finding.ts';
import { isSame } from './sum.ts';

const isDense = (topic: string) =>
  Object.entries(topics).some(([name, t]) => name === topic && t.cleanup === 'delete');

/** Each entry by itself: every record has one ending, and none was skipped. */
export function checkEntries(entries: readonly LedgerEntry[]): Finding[] {
  return entries.flatMap((entry) => {
    const { firstOffset: fromOffset, nextOffset: toOffset, taken } = entry;
    const hint = `Keep the entry (stage ${entry.stage}, instance ${entry.instance}, number ${entry.sequence}) and report it: the stage miscounts.`;
    const at = { fromOffset, toOffset, hint };
    const endings = endingsOf(entry);
    if (!isSame(endings, taken)) {
      const message = `${taken.records} records were taken and ${endings.records} have an ending, or other ones`;
      return [gap('entry_unbalanced', entry, { ...at, message, records: taken.records - endings.records })];
    }
    const skipped = toOffset - fromOffset - taken.records;
    if (skipped === 0 || !isDense(entry.topic)) return [];
    const message = `${toOffset - fromOffset} offsets were passed and ${taken.records} records taken`;
    return [gap('entry_unbalanced', entry, { ...at, message, records: skipped })];
  });
}

/** How far a topic's partition reaches in Kafka. */
export interface Watermark {
  readonly low: number;
  readonly high: number;
}

/** Offsets that no entry speaks for, the end included: a stage may not have committed what it told nobody of. */
export function checkCoverage(
  chain: Chain,
  { watermark, committed }: { readonly watermark: Watermark | null; readonly committed: number | null },
): Finding[] {
  const tail =
    committed !== null && committed > chain.nextOffset ? [{ from: chain.nextOffset, to: committed }] : [];
  return [...chain.holes, ...tail].map((hole) => {
    const isExpired = watermark !== null && hole.to <= watermark.low;
    const at = { fromOffset: hole.from, toOffset: hole.to, records: hole.to - hole.from };
    if (isExpired) {
      return gap('expired_unread', chain, {
        ...at,
        message: `nothing tells of these offsets at ${chain.stage}, and Kafka has deleted their records`,
        hint: 'Either the stage was away for longer than the retention of the topic (raise it, or start the stage sooner), or the ledger entry was lost: look for rows with these source offsets.',
      });
    }
    return gap('not_accounted', chain, {
      ...at,
      message: `nothing tells of these offsets at ${chain.stage}: its ledger entry is lost, or nobody read them`,
      hint: `See what lies there: fineprint tail ${chain.topic}. If rows of it are in the store, only the entry is lost; otherwise set the group of ${chain.stage} back to offset ${hole.from} of partition ${chain.partition}: repeats are dropped.`,
    });
  });
}

/**
 * Numbers that an instance's entries skip. A failed write is repeated under the same numbers, so a later write proves that
 * all before it were acknowledged; of the last write of a process that was killed a part may be there.
 */
export function checkSequences(entries: readonly LedgerEntry[]): Finding[] {
  const byWriter = Map.groupBy(entries, (e) => `${e.stage}/${e.role}/${e.instance}`);
  return [...byWriter.values()].flatMap((all) => {
    const sorted = [...new Map(all.map((e) => [e.sequence, e])).values()].sort(
      (a, b) => a.sequence - b.sequence,
    );
    return sorted.flatMap((after, i): Finding[] => {
      const before = sorted[i - 1];
      const missing = after.sequence - (before?.sequence ?? after.sequence - 1) - 1;
      if (before === undefined || missing === 0) return [];
      const later = new Set(sorted.slice(i).map((e) => e.writtenAtMs));
      if (later.size < 2) return [];
      const what = after.role === 'claim' ? 'claims of what Kafka acknowledged' : 'accounts of what it read';
      return [
        gap('entry_lost', after, {
          fromOffset: before.nextOffset,
          toOffset: after.firstOffset,
          records: null,
          message: `${missing} ledger entries of instance ${after.instance} are missing, between number ${before.sequence} and ${after.sequence}: ${what}`,
          hint: `Look for them in pipeline.ledger; they were written between ${new Date(before.writtenAtMs).toISOString()} and ${new Date(after.writtenAtMs).toISOString()}.`,
        }),
      ];
    });
  });
}

export const byPlace = (entries: readonly LedgerEntry[]) => Map.groupBy(entries, placeOf);
