import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  portField,
  postgresFields,
  realtimeFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3110),
  ...realtimeFields,
  ...postgresFields,
  LOADER_MAX_ROWS: about(
    'Rows of one load at most.',
    withDefault(integer({ min: 1, max: 100_000, unit: 'rows of a transaction' }), 10_000),
  ),
  LOADER_MAX_BYTES: about(
    'Memory of one load at most: its bytes, and 400 for each record.',
    withDefault(integer({ min: 1_024, max: 1 << 28, unit: 'bytes' }), 4 << 20),
  ),
  LOADER_MAX_AGE_MS: about(
    'A record waits for others at most so long.',
    withDefault(integer({ min: 10, max: 600_000, unit: 'milliseconds' }), 500),
  ),
  LOADER_LINGER_MS: about(
    'A load begins when nothing has come for so long.',
    withDefault(integer({ min: 0, max: 60_000, unit: 'milliseconds' }), 100),
  ),
};

export type PostgresLoaderConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('postgres-loader', shape, [kafkaRule]);

export const readPostgresLoaderConfig = (): PostgresLoaderConfig => settings.load();
