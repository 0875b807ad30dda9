import type { Gap } from '../gaps.ts';
import type { BooksVerdict } from '../judge/audit-books.ts';
import type { Finding, Verdict } from '../judge/judge.ts';
import type { ComparedTable } from '../judge/store-figures.ts';
import type { Book } from '../load/book.ts';
import type { Quiet } from '../wait-for-quiet.ts';
import type { MemoryReport } from '../watch-memory.ts';

/** One thing that a lab checked by itself. */
export interface Check {
  readonly lab: string;
  readonly what: string;
  readonly holds: boolean;
  readonly evidence: string;
}

/** Lab → what it measured, units in the names. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface FaultRecord {
  readonly lab: string;
  readonly what: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What a run was and found: printed by `--json`. */
export interface ChaosReport {
  readonly seed: number;
  readonly labs: readonly string[];
  readonly passed: boolean;
  readonly minutes: number;
  readonly sent: number;
  readonly repeated: number;
  readonly acknowledged: number;
  readonly stored: Readonly<Record<string, number>>;
  readonly dead_lettered: number;
  readonly garbage: { readonly sent: number; readonly dead_lettered: number };
  readonly lost: number;
  readonly duplicated: number;
  readonly out_of_order: number;
  readonly unknown: number;
  readonly pii_found: number;
  readonly aggregates_wrong: number;
  /** Figures that are not the same in all stores. */
  readonly stores_differ: number;
  /** Counts, distinct ids, sums and hashes of each table, by store. */
  readonly compared: readonly ComparedTable[];
  /** What `fineprint audit` says of the whole run. */
  readonly ledger: BooksVerdict;
  /** Attempts of producers that failed and were repeated, by HTTP status, `network` or `kafka`. */
  readonly producer_errors: Readonly<Record<string, number>>;
  readonly quiet: {
    readonly reached: boolean;
    readonly after_s: number;
    readonly lag: Readonly<Record<string, number>>;
  };
  readonly faults: readonly FaultReport[];
  /** What labs checked themselves. */
  readonly checks: readonly Check[];
  readonly checks_failed: number;
  readonly figures: Figures;
  readonly crashes: Readonly<Record<string, number>>;
  readonly memory: Readonly<
    Record<string, { readonly max_mib: number; readonly slope_percent_per_min: number | null }>
  >;
  /** The first of each kind. */
  readonly findings: readonly Finding[];
}

export interface FaultReport {
  readonly lab: string;
  readonly fault: string;
  readonly at_s: number;
  readonly lasted_s: number;
  /** The longest time without anything new in the worst table; null where nothing came any more. */
  readonly longest_gap_s: number | null;
  readonly resumed_after_s: number | null;
  readonly table: string | null;
}

export interface RunFacts {
  readonly seed: number;
  readonly labs: readonly string[];
  readonly durationMs: number;
  readonly book: Book;
  readonly verdict: Verdict;
  readonly quiet: Quiet;
  readonly faults: readonly (FaultRecord & { readonly gap: Gap | null })[];
  readonly checks: readonly Check[];
  readonly figures: Figures;
  readonly crashes: Readonly<Record<string, number>>;
  readonly memory: Readonly<Record<string, MemoryReport>>;
  readonly ledger: BooksVerdict;
}

const SHOWN_FINDINGS = 20;
const MIB = 1_048_576;
const seconds = (ms: number) => Math.round(ms / 100) / 10;

export function toReport(run: RunFacts): ChaosReport {
  const { verdict, book, quiet } = run;
  const { lost, duplicated, unknown, outOfOrder, aggregates, differing, personalData } = verdict;
  const kinds = [lost, duplicated, unknown, outOfOrder, aggregates, differing, personalData];
  const checks = [...run.checks, ...memoryChecks(run.memory)];
  const checksFailed = checks.filter((c) => !c.holds).length;
  return {
    seed: run.seed,
    labs: run.labs,
    passed: kinds.every((k) => k.length === 0) && quiet.reached && checksFailed === 0 && isTrue(run.ledger),
    minutes: Math.round(run.durationMs / 6_000) / 10,
    sent: book.events.size,
    repeated: book.repeats,
    acknowledged: book.acknowledgedIds.size,
    stored: verdict.stored,
    dead_lettered: verdict.deadLettered,
    garbage: { sent: book.garbageKeys.size, dead_lettered: verdict.garbageDeadLettered },
    lost: lost.length,
    duplicated: duplicated.length,
    out_of_order: outOfOrder.length,
    unknown: unknown.length,
    pii_found: verdict.personalDataCount,
    aggregates_wrong: aggregates.length,
    stores_differ: differing.length,
    compared: verdict.compared,
    ledger: { ...run.ledger, gaps: run.ledger.gaps.slice(0, SHOWN_FINDINGS) },
    producer_errors: Object.fromEntries(book.failures),
    quiet: { reached: quiet.reached, after_s: seconds(quiet.tookMs), lag: quiet.lag },
    faults: run.faults.map(faultReport),
    checks,
    checks_failed: checksFailed,
    figures: run.figures,
    crashes: run.crashes,
    memory: Object.fromEntries(
      Object.entries(run.memory).map(([service, { maxBytes, slopePercent }]) => [
        service,
        {
          max_mib: Math.round(maxBytes / MIB),
          slope_percent_per_min: slopePercent === null ? null : Math.round(slopePercent * 100) / 100,
        },
      ]),
    ),
    findings: kinds.flatMap((k) => k.slice(0, SHOWN_FINDINGS)),
  };
}

const isTrue = (ledger: BooksVerdict) => ledger.balanced && ledger.settled;

const MAX_MEMORY_BYTES = 512 * MIB;

/** A run fails where a service needs more; what fits goes without saying. */
function memoryChecks(memory: RunFacts['memory']): Check[] {
  return Object.entries(memory)
    .filter(([, { maxBytes }]) => maxBytes > MAX_MEMORY_BYTES)
    .map(([service, { maxBytes }]) => ({
      lab: 'all',
      what: `${service} needs no more than 512 MiB`,
      holds: false,
      evidence: `${Math.round(maxBytes / MIB)} MiB`,
    }));
}

function faultReport({ lab, what, startMs, endMs, gap }: RunFacts['faults'][number]): FaultReport {
  return {
    lab,
    fault: what,
    at_s: seconds(startMs),
    lasted_s: seconds(endMs - startMs),
    longest_gap_s: gap === null ? null : seconds(gap.longestMs),
    resumed_after_s: gap === null ? null : seconds(gap.resumedAfterMs),
    table: gap?.table ?? null,
  };
}
