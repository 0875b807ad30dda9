import {
  type ConfigOf,
  clickhouseFields,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds,
  portField,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3102),
  ...clickhouseFields,
  LOADER_MAX_ROWS: withDefault(integer({ min: 1, max: 1_000_000, unit: 'rows' }), 100_000),
  LOADER_MAX_BYTES: withDefault(integer({ min: 1_024, max: 1 << 30, unit: 'bytes' }), 8 << 20),
  LOADER_MAX_AGE_MS: withDefault(milliseconds(10, 600_000), 500),
  LOADER_LINGER_MS: withDefault(milliseconds(0, 60_000), 100),
};

export type LoaderConfig = ConfigOf<typeof shape>;

export const readLoaderConfig = (): LoaderConfig =>
  loadConfig(shape, { service: 'warehouse-loader', rules: [kafkaRule] });
