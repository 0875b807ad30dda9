import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  optional,
  portField,
  snowflakeFields,
  snowflakeRule,
  text,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3111),
  ...snowflakeFields,
  SNOWFLAKE_BATCH_ROWS: about(
    'Rows of one load at most.',
    withDefault(integer({ min: 1, max: 5_000_000, unit: 'rows' }), 500_000),
  ),
  SNOWFLAKE_BATCH_BYTES: about(
    'Memory of one load at most: its bytes, and 400 for each record.',
    withDefault(integer({ min: 1_024, max: 1 << 28, unit: 'bytes' }), 16 << 20),
  ),
  SNOWFLAKE_BATCH_SECONDS: about(
    'How often is loaded.',
    withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 300),
  ),
  SNOWFLAKE_TEMP_DIR: about(
    'Where rows are on their way, for seconds, in the clear. A folder in memory (tmpfs) keeps them off every disk.',
    optional(text('a folder that is there')),
  ),
  SNOWFLAKE_STATEMENT_SECONDS: about(
    'What one statement may take.',
    withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 120),
  ),
};

export type SnowflakeLoaderConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('snowflake-loader', shape, [kafkaRule, snowflakeRule]);

export const readSnowflakeLoaderConfig = (): SnowflakeLoaderConfig => settings.load();
