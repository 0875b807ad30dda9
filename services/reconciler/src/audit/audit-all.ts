import { setTimeout as sleep } from 'node:timers/promises';
import { connectRegistry, createRecordDecoder, type KafkaConnection } from '@fineprint/stream-runtime';
import { openStores } from './open-stores.ts';
import { type AuditResult, runAudit } from './run-audit.ts';

/** Where the stores of one stack are. */
export interface AuditedStack {
  readonly clickhouseUrl: string;
  readonly clickhouseUsername: string;
  readonly clickhousePassword: string;
  readonly databaseUrl: string;
  readonly schemaRegistryUrl: string;
}

/**
 * What `fineprint audit --since all` does, over ClickHouse and Postgres. Waits at most `settleMs` for what the ledger speaks of to
 * be stored; a loader has to run.
 */
export async function auditAll(
  kafka: KafkaConnection,
  stack: AuditedStack,
  settleMs: number,
): Promise<AuditResult> {
  const admin = await kafka.admin();
  const { warehouse, stores, readMarks, close } = openStores({
    clickhouse: {
      url: stack.clickhouseUrl,
      username: stack.clickhouseUsername,
      password: stack.clickhousePassword,
    },
    databaseUrl: stack.databaseUrl,
  });
  const decoder = createRecordDecoder(connectRegistry(stack.schemaRegistryUrl), Date.now);
  try {
    return await runAudit(
      { kafka, admin, warehouse, stores, readMarks, decoder, nowMs: Date.now, sleep },
      { sinceMs: 0, untilMs: null, settleMs },
    );
  } finally {
    await Promise.all([admin.close(), close()]);
  }
}
