import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  optional,
  portField,
  snowflakeFields,
  snowflakeRule,
  text,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3111),
  ...snowflakeFields,
  SNOWFLAKE_BATCH_ROWS: withDefault(integer({ min: 1, max: 5_000_000, unit: 'rows' }), 500_000),
  SNOWFLAKE_BATCH_BYTES: withDefault(integer({ min: 1_024, max: 1 << 28, unit: 'bytes' }), 16 << 20),
  SNOWFLAKE_BATCH_SECONDS: withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 300),
  // Rows on their way, for seconds, as the driver takes them: in the clear. In memory (tmpfs) they never reach a disk.
  SNOWFLAKE_TEMP_DIR: optional(text('a folder that is there')),
  SNOWFLAKE_STATEMENT_SECONDS: withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 120),
};

export type SnowflakeLoaderConfig = ConfigOf<typeof shape>;

export const readSnowflakeLoaderConfig = (): SnowflakeLoaderConfig =>
  loadConfig(shape, { service: 'snowflake-loader', rules: [kafkaRule, snowflakeRule] });
