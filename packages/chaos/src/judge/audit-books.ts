import { setTimeout as sleep } from 'node:timers/promises';
import { openStores, runAudit } from '@fineprint/reconciler';
import type { Stack } from '@fineprint/stack';
import { connectRegistry, createRecordDecoder } from '@fineprint/stream-runtime';
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
export async function auditBooks(stack: Stack, { kafka }: Target): Promise<BooksVerdict> {
  const { endpoints } = stack;
  const admin = await kafka.admin();
  const { warehouse, stores, readMarks, close } = openStores({
    clickhouse: {
      url: endpoints.clickhouseUrl,
      username: endpoints.clickhouseUsername,
      password: endpoints.clickhousePassword,
    },
    databaseUrl: endpoints.databaseUrl,
  });
  const decoder = createRecordDecoder(connectRegistry(endpoints.schemaRegistryUrl), Date.now);
  try {
    const result = await runAudit(
      { kafka, admin, warehouse, stores, readMarks, decoder, nowMs: Date.now, sleep },
      { sinceMs: 0, untilMs: null, settleMs: SETTLE_MS },
    );
    const gaps = result.findings
      .filter((f) => f.severity === 'gap')
      .map(
        (f) =>
          `${f.code} ${f.stage} ${f.topic}/${f.partition} [${f.fromOffset}, ${f.toOffset}): ${f.message}`,
      );
    return { balanced: result.isBalanced, settled: result.isSettled, entries: result.entries, gaps };
  } finally {
    await Promise.all([admin.close(), close()]);
  }
}
