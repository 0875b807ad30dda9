import { migrateClickHouse, migratePostgres } from '@fineprint/migrations';
import type { Stack } from '@fineprint/stack';
import { useTestStack } from '@fineprint/stack/testing';
import { connectKafka, type KafkaConnection } from '@fineprint/stream-runtime';

/** Topics and tables, as `fineprint up` makes them; safe to repeat. Answers a connection to Kafka. */
export async function prepareStack(
  clientId: string,
  { endpoints }: Pick<Stack, 'endpoints'> = useTestStack(),
): Promise<KafkaConnection> {
  const kafka = connectKafka({ brokers: endpoints.kafkaBrokers.split(','), clientId }, () => undefined);
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
  await migratePostgres(endpoints.databaseUrl);
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  return kafka;
}
