import {
  about,
  type ConfigOf,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaRule,
  milliseconds,
  portField,
  realtimeFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3102),
  ...realtimeFields,
  ...clickhouseFields,
  LOADER_MAX_ROWS: about(
    'Rows of one load at most.',
    withDefault(integer({ min: 1, max: 1_000_000, unit: 'rows' }), 100_000),
  ),
  LOADER_MAX_BYTES: about(
    'Memory of one load at most: its bytes, and 400 for each record.',
    withDefault(integer({ min: 1_024, max: 1 << 30, unit: 'bytes' }), 8 << 20),
  ),
  LOADER_MAX_AGE_MS: about(
    'A record waits for others at most so long.',
    withDefault(milliseconds(10, 600_000), 500),
  ),
  LOADER_BEHIND_AGE_MS: about(
    'The same in a partition that is behind: larger loads catch up sooner.',
    withDefault(milliseconds(10, 600_000), 5_000),
  ),
  LOADER_DERIVED_AGE_MS: about(
    'The same of what is worked out from events, and revised again and again: metrics, progress, the books.',
    withDefault(milliseconds(10, 600_000), 1_500),
  ),
  LOADER_MAX_LOADS: about(
    'Loads under way at a time; what waits for its turn grows.',
    withDefault(integer({ min: 1, max: 64, unit: 'loads' }), 2),
  ),
  LOADER_LINGER_MS: about(
    'A load begins when nothing has come for so long.',
    withDefault(milliseconds(0, 60_000), 100),
  ),
};

export type LoaderConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('warehouse-loader', shape, [kafkaRule]);

export const readLoaderConfig = (): LoaderConfig => settings.load();
