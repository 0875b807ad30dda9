import path from 'node:path';
import { scrubberOf } from '@fineprint/pii-scrubber';
import { resolvePolicy, usualTopicHours } from '@fineprint/retention';
import { keyringOf } from '@fineprint/service-config';
import { createRecordDecoder, type KafkaConnection, type SchemaRegistry } from '@fineprint/stream-runtime';
import type { JobRunnerConfig } from '../config.ts';
import type { Parts } from '../parts.ts';
import { deletionTargets } from './deletion-targets.ts';
import type { PrivacyPorts } from './ports.ts';
import { snowflakeAccount } from './snowflake-account.ts';

/** What requests of people are worked on with; null where no key is set. */
export function openPrivacy(
  config: JobRunnerConfig,
  { pool, redis }: Pick<Parts, 'pool' | 'redis'>,
  { kafka, registry }: { readonly kafka: KafkaConnection; readonly registry: SchemaRegistry },
): PrivacyPorts | null {
  const { PII_PSEUDONYM_KEY: key, PRIVACY_ARCHIVE_DIR: dir, ...rest } = config;
  if (key === undefined) return null;
  const scrubber = scrubberOf({ ...rest, PII_PSEUDONYM_KEY: key });
  const { topicHours } = resolvePolicy(config).policy;
  return {
    pool,
    kafka,
    decoder: createRecordDecoder(registry, Date.now),
    redis,
    snowflake: snowflakeAccount(config),
    targets: deletionTargets(config),
    key: key.reveal(),
    scrubId: (path, id) => scrubber?.scrubValue<string>(id, { path }).value ?? id,
    isAnonymized: config.ENABLE_DATA_ANONYMIZATION,
    topicHours: (topic) => topicHours.get(topic) ?? usualTopicHours(topic, config.RAW_RETENTION_HOURS),
    retentionArchiveDays: config.ARCHIVE_RETENTION_DAYS,
    archive: dir === undefined ? null : { dir: path.resolve(dir), keyring: keyringOf(config) },
    archiveDays: config.PRIVACY_ARCHIVE_DAYS,
  };
}
