import { auditStack } from '@fineprint/reconciler';
import type { Stack } from '@fineprint/stack';
import type { Target } from '../target.ts';

/** What the ledger says of the whole run. */
export interface BooksVerdict {
  readonly balanced: boolean;
  /** Everything that the ledger speaks of has been compared. */
  readonly settled: boolean;
  readonly entries: number;
  /** What `fineprint audit` would say is lost, double, or not shown to be neither. */
  readonly gaps: readonly string[];
}

const SETTLE_MS = 60_000;

/** Balances the books as `fineprint audit --since all` does. */
export async function auditBooks({ endpoints }: Stack, { kafka }: Target): Promise<BooksVerdict> {
  const all = { sinceMs: 0, untilMs: null, settleMs: SETTLE_MS };
  const { findings, isBalanced, isSettled, entries } = await auditStack(kafka, endpoints, all);
  const gaps = findings
    .filter((f) => f.severity === 'gap')
    .map(
      (f) => `${f.code} ${f.stage} ${f.topic}/${f.partition} [${f.fromOffset}, ${f.toOffset}): ${f.message}`,
    );
  return { balanced: isBalanced, settled: isSettled, entries, gaps };
}
