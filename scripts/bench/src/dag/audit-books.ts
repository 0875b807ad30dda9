import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditResult, openStores, runAudit } from '@fineprint/reconciler';
import type { Stack } from '@fineprint/stack';
import { connectKafka, connectRegistry, createRecordDecoder } from '@fineprint/stream-runtime';

/** A loader that has just been started may have the whole run before it. */
const SETTLE_MS = 180_000;

/** What `fineprint audit --since all` does, over a bench's stack; a loader has to run. */
export async function auditBooks({ endpoints }: Pick<Stack, 'endpoints'>): Promise<AuditResult> {
  const kafka = connectKafka(
    { brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench-audit' },
    () => undefined,
  );
  const admin = await kafka.admin();
  const { warehouse, stores, readMarks, close } = openStores({
    clickhouse: {
      url: endpoints.clickhouseUrl,
      username: endpoints.clickhouseUsername,
      password: endpoints.clickhousePassword,
    },
    databaseUrl: endpoints.databaseUrl,
    snowflake: undefined,
  });
  const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
  try {
    return await runAudit(
      { kafka, admin, warehouse, stores, readMarks, decoder, nowMs: Date.now, sleep },
      { sinceMs: 0, untilMs: null, settleMs: SETTLE_MS },
    );
  } finally {
    await Promise.all([admin.close(), close()]);
  }
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
