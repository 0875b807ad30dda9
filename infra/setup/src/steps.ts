import { migrateClickHouse, migratePostgres, migrateSnowflake } from '@fineprint/migrations';
import { resolvePolicy } from '@fineprint/retention';
import {
  type ConfigOf,
  clickhouseAccount,
  postgresUrl,
  registrySettings,
  type snowflakeFields,
} from '@fineprint/service-config';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { snowflakeSettings } from '@fineprint/snowflake';
import { connectKafka, connectRegistry } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import type { SetupConfig } from './config.ts';

/** Each may be repeated, and beside an older or newer version of the services. */
export const setupSteps = {
  async topics(config: SetupConfig): Promise<string> {
    const kafka = connectKafka(kafkaClientSettings(config, 'fineprint-setup'), () => undefined);
    const admin = await kafka.admin();
    try {
      const { create, alter } = await admin.applyTopology({
        replicationFactor: config.KAFKA_REPLICATION_FACTOR,
        rawRetentionHours: config.RAW_RETENTION_HOURS,
        topicHours: resolvePolicy(config).policy.topicHours,
      });
      return `${create.length} created, ${alter.length} altered`;
    } finally {
      await admin.close();
    }
  },

  async schemas(config: SetupConfig): Promise<string> {
    const registry = connectRegistry(registrySettings(config));
    const names = Object.keys(topics) as TopicName[];
    for (const topic of names) await registry.register(topic);
    return `${names.length} subjects`;
  },

  async postgres(config: SetupConfig): Promise<string> {
    const { applied } = await migratePostgres(postgresUrl(config));
    return `${applied.length} migrations`;
  },

  async clickhouse(config: SetupConfig): Promise<string> {
    const { applied } = await migrateClickHouse(clickhouseAccount(config));
    return `${applied.length} migrations`;
  },
} as const;

export type SetupStep = keyof typeof setupSteps;

/** What `setup <group>` does; without a name, all of it. */
export const stepGroups = {
  topics: ['topics', 'schemas'],
  migrations: ['postgres', 'clickhouse'],
} as const satisfies Record<string, readonly SetupStep[]>;

export async function migrateAccount(config: ConfigOf<typeof snowflakeFields>): Promise<string> {
  const { applied } = await migrateSnowflake(snowflakeSettings(config));
  return `${applied.length} migrations`;
}
