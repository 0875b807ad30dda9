import { setTimeout as sleep } from 'node:timers/promises';
import { connectRegistry, createRecordDecoder, type KafkaConnection } from '@fineprint/stream-runtime';
import { openStores, type StoreAddresses } from './open-stores.ts';
import { type AuditOptions, type AuditResult, runAudit } from './run-audit.ts';

/** Where the stores of one stack are; Snowflake only where it is loaded. */
export interface AuditedStack {
  readonly clickhouseUrl: string;
  readonly clickhouseUsername: string;
  readonly clickhousePassword: string;
  readonly databaseUrl: string;
  readonly schemaRegistryUrl: string;
  readonly snowflake?: StoreAddresses['snowflake'];
}

/** Opens what an audit reads, and balances the books. For rows that are still on their way a loader has to run. */
export async function auditStack(
  kafka: KafkaConnection,
  stack: AuditedStack,
  options: AuditOptions,
): Promise<AuditResult> {
  const admin = await kafka.admin();
  const { warehouse, stores, readMarks, close } = openStores({
    clickhouse: {
      url: stack.clickhouseUrl,
      username: stack.clickhouseUsername,
      password: stack.clickhousePassword,
    },
    databaseUrl: stack.databaseUrl,
    snowflake: stack.snowflake,
  });
  const decoder = createRecordDecoder(connectRegistry(stack.schemaRegistryUrl), Date.now);
  try {
    return await runAudit(
      { kafka, admin, warehouse, stores, readMarks, decoder, nowMs: Date.now, sleep },
      options,
    );
  } finally {
    await Promise.all([admin.close(), close()]);
  }
}
