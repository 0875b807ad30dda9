import { retentionRule } from '@fineprint/retention';
import {
  about,
  atRestFields,
  type ConfigOf,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaRule,
  milliseconds as ms,
  optional,
  portField,
  postgresFields,
  privacyArchiveFields,
  privacyFields,
  redisFields,
  retentionFields,
  secret,
  snowflakeRule,
  subjectKeyFields,
  text,
  withDefault,
} from '@fineprint/service-config';
import { scheduledFields } from '@fineprint/service-kit/stream-config';
import { deletionFields } from './privacy/deletion-targets.ts';
import { optionalSnowflakeFields } from './privacy/snowflake-account.ts';

export const jobRunnerFields = {
  ...scheduledFields,
  ...portField(3116),
  ...postgresFields,
  ...redisFields,
  ...clickhouseFields,
  BUSINESS_CONVENTION_FILE: about(
    'Which events mean a sign-up, a payment, a plan, where they are not the usual ones.',
    optional(text('a JSON file that says which events mean what')),
  ),
  ...retentionFields,
  ...atRestFields,
  ARCHIVE_DIR: about(
    'Where rows are copied to before they are removed for their age: a folder that every worker sees. Without it there is no copy.',
    optional(text('a folder for Parquet files of what is removed')),
  ),
  ARCHIVE_RETENTION_DAYS: about(
    'How long those copies are kept; for ever where it is not set.',
    optional(integer({ min: 1, max: 36_500, unit: 'days' })),
  ),
  // Rows expire there too, where there is one.
  ...optionalSnowflakeFields,
  CLICKHOUSE_READER_USERNAME: about(
    'Who may only read; the other account where it is not given.',
    optional(text('a user name')),
  ),
  CLICKHOUSE_READER_PASSWORD: about('Its password.', optional(secret('a password'))),
  JOBS_CONCURRENCY: about(
    'Runs at a time, per instance.',
    withDefault(integer({ min: 1, max: 64, unit: 'runs at a time' }), 2),
  ),
  JOBS_POLL_MS: about(
    'How often to look for what is due without being woken by Redis.',
    withDefault(ms(100, 600_000), 5_000),
  ),
  JOBS_LEASE_MS: about(
    'Who has a run and says nothing for so long has lost it.',
    withDefault(ms(1_000, 600_000), 60_000),
  ),
  JOBS_RETRY_MS: about(
    'Before the second attempt; each further one waits twice as long.',
    withDefault(ms(10, 3_600_000), 30_000),
  ),
  JOBS_DRAIN_MS: about(
    'A stop waits so long for runs, then gives them back.',
    withDefault(ms(0, 600_000), 10_000),
  ),
  // Without the key, requests of people for access and erasure are not worked on.
  ...subjectKeyFields,
  PII_POLICY_FILE: about(
    'What counts as personal data and what becomes of it, where the built-in policy is not wanted.',
    optional(text('a JSON file with a scrubbing policy')),
  ),
  ENABLE_PII_DETECTION: privacyFields.ENABLE_PII_DETECTION,
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  ...privacyArchiveFields,
  PRIVACY_ARCHIVE_DAYS: about(
    'How long what was collected about a person for access can be fetched.',
    withDefault(integer({ min: 1, max: 365, unit: 'days' }), 30),
  ),
  ...deletionFields,
  QUALITY_RULES_FILE: about(
    'Data quality rules of your own.',
    optional(text('a file of data quality rules, see docs/data-quality.md')),
  ),
  JOBS_HISTORY_DAYS: about(
    'How long it is remembered how runs ended.',
    withDefault(integer({ min: 1, max: 3_650, unit: 'days' }), 90),
  ),
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

export const settings = defineSettings(SERVICE, jobRunnerFields, jobRunnerRules);

export const loadJobRunnerConfig = (): JobRunnerConfig => settings.load();
