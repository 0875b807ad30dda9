import { retentionRule } from '@fineprint/retention';
import {
  atRestFields,
  type ConfigOf,
  clickhouseFields,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds as ms,
  optional,
  portField,
  postgresFields,
  privacyFields,
  redisFields,
  retentionFields,
  secret,
  snowflakeRule,
  text,
  withDefault,
} from '@fineprint/service-config';
import { scheduledFields } from '@fineprint/service-kit';
import { deletionFields } from './privacy/deletion-targets.ts';
import { optionalSnowflakeFields } from './privacy/snowflake-account.ts';

export const jobRunnerFields = {
  ...scheduledFields,
  ...portField(3116),
  ...postgresFields,
  ...redisFields,
  ...clickhouseFields,
  BUSINESS_CONVENTION_FILE: optional(text('a JSON file that says which events mean what')),
  ...retentionFields,
  ...atRestFields,
  // A folder that every worker sees. Not set: rows are removed without a copy.
  ARCHIVE_DIR: optional(text('a folder for Parquet files of what is removed')),
  ARCHIVE_RETENTION_DAYS: optional(integer({ min: 1, max: 36_500, unit: 'days' })),
  // Rows expire there too, where there is one.
  ...optionalSnowflakeFields,
  // Who may only read; the other account where it is not given.
  CLICKHOUSE_READER_USERNAME: optional(text('a user name')),
  CLICKHOUSE_READER_PASSWORD: optional(secret('a password')),
  JOBS_CONCURRENCY: withDefault(integer({ min: 1, max: 64, unit: 'runs at a time' }), 2),
  // How often to look for what is due without being woken by Redis.
  JOBS_POLL_MS: withDefault(ms(100, 600_000), 5_000),
  // Who has a run and says nothing for so long has lost it.
  JOBS_LEASE_MS: withDefault(ms(1_000, 600_000), 60_000),
  // Before the second attempt; each further one waits twice as long.
  JOBS_RETRY_MS: withDefault(ms(10, 3_600_000), 30_000),
  // A stop waits so long for runs, then gives them back.
  JOBS_DRAIN_MS: withDefault(ms(0, 600_000), 10_000),
  // What the scrubber has too: without it requests of people for access and erasure are not worked on.
  PII_PSEUDONYM_KEY: optional(secret('at least 16 characters, the same as the scrubber has')),
  PII_POLICY_FILE: optional(text('a JSON file with a scrubbing policy')),
  ENABLE_PII_DETECTION: privacyFields.ENABLE_PII_DETECTION,
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  RAW_RETENTION_HOURS: privacyFields.RAW_RETENTION_HOURS,
  PRIVACY_ARCHIVE_DIR: withDefault(text('a folder'), '.fineprint/exports/privacy'),
  PRIVACY_ARCHIVE_DAYS: withDefault(integer({ min: 1, max: 365, unit: 'days' }), 30),
  ...deletionFields,
  QUALITY_RULES_FILE: optional(text('a file of data quality rules, see docs/data-quality.md')),
  JOBS_HISTORY_DAYS: withDefault(integer({ min: 1, max: 3_650, unit: 'days' }), 90),
};

/** Without an account there is no Snowflake; with one, all of it is there. */
function snowflakeIfThere(config: JobRunnerConfig) {
  const { SNOWFLAKE_ACCOUNT: account, SNOWFLAKE_USERNAME: username } = config;
  if (account === undefined) return [];
  if (username === undefined)
    return [
      {
        variable: 'SNOWFLAKE_USERNAME',
        problem: 'is not set',
        expected: 'a user name, because SNOWFLAKE_ACCOUNT is set',
      },
    ];
  return snowflakeRule({ ...config, SNOWFLAKE_ACCOUNT: account, SNOWFLAKE_USERNAME: username });
}

export type JobRunnerConfig = ConfigOf<typeof jobRunnerFields>;

export const jobRunnerRules = [kafkaRule, retentionRule, snowflakeIfThere];

export const SERVICE = 'job-runner';

export const loadJobRunnerConfig = (): JobRunnerConfig =>
  loadConfig(jobRunnerFields, { service: SERVICE, rules: jobRunnerRules });
