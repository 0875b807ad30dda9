import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  portField,
  snowflakeFields,
  snowflakeRule,
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
    'Bytes of one load at most.',
    withDefault(integer({ min: 1_024, max: 1 << 28, unit: 'bytes' }), 16 << 20),
  ),
  SNOWFLAKE_BATCH_SECONDS: about(
    'How often is loaded.',
    withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 300),
  ),
  SNOWFLAKE_STATEMENT_SECONDS: about(
    'What one statement may take.',
    withDefault(integer({ min: 1, max: 3_600, unit: 'seconds' }), 120),
  ),
};

export type SnowflakeLoaderConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('snowflake-loader', shape, [kafkaRule, snowflakeRule]);

export const readSnowflakeLoaderConfig = (): SnowflakeLoaderConfig => settings.load();
