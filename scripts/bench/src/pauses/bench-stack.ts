import { saveDefinition } from '@fineprint/definitions';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import { openStack, type Stack } from '@fineprint/stack';
import { connectKafka, type TopicAdmin } from '@fineprint/stream-runtime';
import { Pool } from 'pg';

/** Without the limits of compilation that make a small stack start fast. */
const KAFKA_JVM_OPTS = '-Xms256m -Xmx1g -XX:+UseSerialGC';
const HOUR_MS = 3_600_000;

export interface BenchStack {
  readonly stack: Stack;
  readonly admin: TopicAdmin;
  readonly key: string;
  close(): Promise<void>;
}

/** All parts, empty, with a funnel over the events of this run, so that every stage has work. */
export async function openBenchStack(run: string): Promise<BenchStack> {
  const env = {
    FINEPRINT_PORT_OFFSET: '7800',
    FINEPRINT_DATA_DIR: '.fineprint/bench-pauses',
    FINEPRINT_KAFKA_JVM_OPTS: KAFKA_JVM_OPTS,
    ...process.env,
  };
  await (await openStack(env)).erase();
  const stack = await openStack(env);
  await stack.up();
  const { endpoints } = stack;
  const kafka = connectKafka(
    { brokers: endpoints.kafkaBrokers.split(','), clientId: 'bench-pauses' },
    () => undefined,
  );
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await migratePostgres(endpoints.databaseUrl);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  const { key } = await createWriteKey(pool, { source: run });
  const steps = ['view', 'cart', 'buy'].map((event) => ({ event: `${event}-${run}` }));
  await saveDefinition(pool, 'funnel', { name: run, windowMs: HOUR_MS, steps }, 'bench');
  await pool.end();
  return {
    stack,
    admin,
    key,
    async close() {
      await admin.close();
      await stack.down();
    },
  };
}
