import type { Chain } from './cover.ts';
import { type LedgerEntry, lineSum } from './entry.ts';
import { isSame, type Sum, total, ZERO } from './sum.ts';

/** What a column of a row's place means: its own offset in the topic, or that of the record it was made from. */
export type OffsetColumn = '_offset' | '_source_offset';

/** Entries without a hole between them, and the rows that they say a table has. */
export interface RowQuestion {
  readonly chain: Chain;
  readonly entries: readonly LedgerEntry[];
  /** Whose table it is, as targets in the ledger begin. */
  readonly store: string;
  readonly table: string;
  /** What the rows' `_topic` is. */
  readonly rowTopic: string;
  readonly column: OffsetColumn;
  readonly expected: (entry: LedgerEntry) => Sum;
}

/** One stretch of offsets of a question. */
export interface Stretch {
  readonly question: RowQuestion;
  readonly entries: readonly LedgerEntry[];
  readonly from: number;
  readonly to: number;
  readonly expected: Sum;
}

export function stretchOf(question: RowQuestion, entries: readonly LedgerEntry[]): Stretch {
  const [first, last] = [entries[0], entries.at(-1)];
  const expected = total(entries.map(question.expected));
  return { question, entries, from: first?.firstOffset ?? 0, to: last?.nextOffset ?? 0, expected };
}

/** Entries that follow each other without a hole. */
export function runsOf(chain: Chain): LedgerEntry[][] {
  const runs: LedgerEntry[][] = [];
  let last: LedgerEntry | undefined;
  for (const entry of chain.entries) {
    if (last === undefined || last.nextOffset !== entry.firstOffset) runs.push([]);
    runs.at(-1)?.push(entry);
    last = entry;
  }
  return runs;
}

const targetsOf = (chain: Chain, kind: string): string[] => [
  ...new Set(chain.entries.flatMap((e) => e.lines.filter((l) => l.kind === kind).map((l) => l.target))),
];

/** What a loader says it stored in one store: targets are `<store>/<table>`. True as soon as the entry is written. */
export function storedQuestions(chain: Chain, store: string): RowQuestion[] {
  return targetsOf(chain, 'stored').flatMap((target) => {
    if (!target.startsWith(`${store}/`)) return [];
    const table = target.slice(store.length + 1);
    const expected = (entry: LedgerEntry) => lineSum(entry, 'stored', target);
    const column = '_offset' as const;
    return runsOf(chain).map((entries) => ({
      chain,
      entries,
      store,
      table,
      rowTopic: chain.topic,
      column,
      expected,
    }));
  });
}

/**
 * What a stage emitted, in the table that its output is loaded into; as far as the loader has passed it: a row's source
 * offset tells which of the stage's records it was made from.
 */
export function emittedQuestions(
  chain: Chain,
  {
    store,
    tableOfTopic,
    settledTo,
  }: {
    readonly store: string;
    readonly tableOfTopic: (topic: string) => string | null;
    /** Everything emitted for source offsets before this has been loaded. */
    readonly settledTo: (topic: string, partition: number) => number;
  },
): RowQuestion[] {
  return targetsOf(chain, 'emitted').flatMap((topic) => {
    const table = tableOfTopic(topic);
    if (table === null) return [];
    const limit = settledTo(topic, chain.partition);
    const expected = (entry: LedgerEntry) => lineSum(entry, 'emitted', topic);
    return runsOf(chain).flatMap((run) => {
      const entries = run.filter((e) => e.nextOffset <= limit);
      if (entries.length === 0) return [];
      return [{ chain, entries, store, table, rowTopic: topic, column: '_source_offset' as const, expected }];
    });
  });
}

/** Cuts a stretch whose rows differ, so that the next look is at smaller ones. */
export function cut(stretch: Stretch, parts: number): Stretch[] {
  const size = Math.max(1, Math.ceil(stretch.entries.length / parts));
  const cuts: Stretch[] = [];
  for (let i = 0; i < stretch.entries.length; i += size)
    cuts.push(stretchOf(stretch.question, stretch.entries.slice(i, i + size)));
  return cuts;
}

export const differs = (stretch: Stretch, actual: Sum | undefined): boolean =>
  !isSame(stretch.expected, actual ?? ZERO);
