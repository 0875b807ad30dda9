import type { OnProgress, Stack } from '@fineprint/stack';
import type { TopicName } from '@fineprint/topology';
import { connectToKafka } from '../kafka-connection.ts';
import { snowflakeOf } from '../snowflake-of.ts';
import { topicSettings } from '../topic-settings.ts';
import type { LocalKeys } from './local-keys.ts';

/** What the parts have to hold before our services can start. Each step may be repeated. */
export async function prepareStack(
  stack: Stack,
  onProgress: OnProgress,
  fillsSnowflake = false,
): Promise<LocalKeys> {
  const step = steps(onProgress);
  const work = [
    step('topics', () => applyTopics(stack)),
    step('schemas', () => registerSchemas(stack)),
    step('tables', () => migrateWarehouse(stack)),
    ...(fillsSnowflake ? [step('snowflake-tables', () => migrateSnowflakeOf(stack))] : []),
  ];
  const keys = step('keys', () => migrateAndMakeKeys(stack));
  await Promise.allSettled([...work, keys]); // none goes on behind the back of an error
  await Promise.all(work);
  return keys;
}

/** Runs a step and tells how it goes. */
function steps(onProgress: OnProgress) {
  return async <T>(name: string, work: () => Promise<{ detail: string; value: T }>): Promise<T> => {
    const startedAtMs = Date.now();
    onProgress({ name, state: 'starting' });
    try {
      const { detail, value } = await work();
      onProgress({ name, state: 'ready', detail, elapsedMs: Date.now() - startedAtMs });
      return value;
    } catch (error) {
      onProgress({ name, state: 'failed' });
      throw error;
    }
  };
}

const done = (detail: string) => ({ detail, value: undefined });

async function applyTopics(stack: Stack) {
  const kafka = await connectToKafka(stack);
  const admin = await kafka.admin();
  try {
    const { create, alter } = await admin.applyTopology(topicSettings(stack.provider));
    const changed = [
      ...(create.length > 0 ? [`${create.length} created`] : []),
      ...(alter.length > 0 ? [`${alter.length} altered`] : []),
    ];
    return done(changed.join(', ') || 'as declared');
  } finally {
    await admin.close();
  }
}

async function registerSchemas(stack: Stack) {
  const { topics } = await import('@fineprint/topology');
  const { connectRegistry } = await import('@fineprint/stream-runtime');
  const registry = connectRegistry(stack.endpoints.schemaRegistryUrl);
  const names = Object.keys(topics) as TopicName[];
  for (const topic of names) await registry.register(topic);
  return done(`${names.length} subjects`);
}

async function migrateWarehouse(stack: Stack) {
  const { migrateClickHouse } = await import('@fineprint/migrations');
  const { applied } = await migrateClickHouse({
    url: stack.endpoints.clickhouseUrl,
    username: stack.endpoints.clickhouseUsername,
    password: stack.endpoints.clickhousePassword,
  });
  return done(migrationsDetail('ClickHouse', applied));
}

async function migrateSnowflakeOf(stack: Stack) {
  const { migrateSnowflake } = await import('@fineprint/migrations');
  const { applied } = await migrateSnowflake(await snowflakeOf(stack));
  return done(migrationsDetail('Snowflake', applied));
}

async function migrateAndMakeKeys(stack: Stack) {
  const { migratePostgres } = await import('@fineprint/migrations');
  const { ensureLocalKeys } = await import('./local-keys.ts');
  const { ensurePrices } = await import('./starter-prices.ts');
  const { databaseUrl } = stack.endpoints;
  const { applied } = await migratePostgres(databaseUrl);
  const keys = await ensureLocalKeys(stack.settings.dataDir, databaseUrl);
  const prices = await ensurePrices(databaseUrl);
  const book = prices > 0 ? `, ${prices} prices imported` : '';
  return {
    detail: `${migrationsDetail('Postgres', applied)}, local keys ${keys.created > 0 ? 'made' : 'kept'}${book}`,
    value: keys,
  };
}

const migrationsDetail = (where: string, applied: readonly string[]): string =>
  applied.length > 0 ? `${where}: ${applied.length} migrations` : `${where}: up to date`;
