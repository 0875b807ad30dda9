import { type AuditResult, auditStack } from '@fineprint/reconciler';
import type { Stack } from '@fineprint/stack';
import { connectKafka } from '@fineprint/stream-runtime';

/** A loader that has just been started may have the whole run before it. */
const SETTLE_MS = 180_000;

/** The audit of a bench's stack; a loader has to run. */
export function auditBooks({ endpoints }: Pick<Stack, 'endpoints'>): Promise<AuditResult> {
  const brokers = endpoints.kafkaBrokers.split(',');
  const kafka = connectKafka({ brokers, clientId: 'bench-audit' }, () => undefined);
  return auditStack(kafka, endpoints, { sinceMs: 0, untilMs: null, settleMs: SETTLE_MS });
}

/** Of a run's books, for its report. */
export interface BooksReport {
  readonly balanced: boolean;
  readonly entries: number;
  readonly findings: readonly string[];
}

export function booksReport({ isBalanced, isSettled, entries, findings }: AuditResult): BooksReport {
  const told = findings.map(
    (f) => `${f.code}: ${f.stage} ${f.topic}/${f.partition} ${f.fromOffset} to ${f.toOffset}: ${f.message}`,
  );
  const unsettled = isSettled ? [] : [`still in flight after ${SETTLE_MS / 1_000} s`];
  return { balanced: isBalanced && isSettled && entries > 0, entries, findings: [...told, ...unsettled] };
}

/** Says what the books say, and fails the run where they do not balance. */
export async function endWithBooks(stack: Pick<Stack, 'endpoints'>): Promise<BooksReport> {
  const report = booksReport(await auditBooks(stack));
  const verdict = report.balanced ? 'The books balance' : 'The books do not balance';
  process.stderr.write([`${verdict}: ${report.entries} ledger entries.`, ...report.findings, ''].join('\n'));
  if (!report.balanced) process.exitCode = 1;
  return report;
}
