import {
  about,
  type ConfigOf,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaRule,
  milliseconds,
  portField,
  postgresFields,
  withDefault,
} from '@fineprint/service-config';
import { scheduledFields } from '@fineprint/service-kit/stream-config';

export const driftFields = {
  ...scheduledFields,
  ...portField(3104),
  ...postgresFields,
  ...clickhouseFields,
  DRIFT_INTERVAL_MS: about(
    'How often models are compared with their baselines.',
    withDefault(milliseconds(1_000, 86_400_000), 60_000),
  ),
  DRIFT_SETTLE_MS: about(
    'A slot is evaluated so long after it began: what was requested by then is in ClickHouse.',
    withDefault(milliseconds(0, 3_600_000), 5_000),
  ),
  DRIFT_LEASE_MS: about(
    'Who holds a slot and says nothing for so long has lost it.',
    withDefault(milliseconds(1_000, 600_000), 60_000),
  ),
  DRIFT_MAX_SERIES: about(
    'How many model versions are watched.',
    withDefault(integer({ min: 1, max: 100_000, unit: 'model versions' }), 2_000),
  ),
};

export type DriftConfig = ConfigOf<typeof driftFields>;

export const SERVICE = 'drift-monitor';

export const settings = defineSettings(SERVICE, driftFields, [kafkaRule]);

export const loadDriftConfig = (): DriftConfig => settings.load();
