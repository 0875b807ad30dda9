import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  portField,
  postgresFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3110),
  ...postgresFields,
  LOADER_MAX_ROWS: withDefault(integer({ min: 1, max: 100_000, unit: 'rows of a transaction' }), 10_000),
  LOADER_MAX_BYTES: withDefault(integer({ min: 1_024, max: 1 << 28, unit: 'bytes' }), 4 << 20),
  LOADER_MAX_AGE_MS: withDefault(integer({ min: 10, max: 600_000, unit: 'milliseconds' }), 500),
  LOADER_LINGER_MS: withDefault(integer({ min: 0, max: 60_000, unit: 'milliseconds' }), 100),
};

export type PostgresLoaderConfig = ConfigOf<typeof shape>;

export const readPostgresLoaderConfig = (): PostgresLoaderConfig =>
  loadConfig(shape, { service: 'postgres-loader', rules: [kafkaRule] });
