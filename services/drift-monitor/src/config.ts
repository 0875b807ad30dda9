import {
  type ConfigOf,
  clickhouseFields,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds,
  portField,
  postgresFields,
  withDefault,
} from '@fineprint/service-config';
import { scheduledFields } from '@fineprint/service-kit';

export const driftFields = {
  ...scheduledFields,
  ...portField(3104),
  ...postgresFields,
  ...clickhouseFields,
  DRIFT_INTERVAL_MS: withDefault(milliseconds(1_000, 86_400_000), 60_000),
  // A slot is evaluated so long after it began: what was requested by then is in ClickHouse.
  DRIFT_SETTLE_MS: withDefault(milliseconds(0, 3_600_000), 5_000),
  // Who holds a slot and says nothing for so long has lost it.
  DRIFT_LEASE_MS: withDefault(milliseconds(1_000, 600_000), 60_000),
  DRIFT_MAX_SERIES: withDefault(integer({ min: 1, max: 100_000, unit: 'model versions' }), 2_000),
};

export type DriftConfig = ConfigOf<typeof driftFields>;

export const SERVICE = 'drift-monitor';

export const loadDriftConfig = (): DriftConfig =>
  loadConfig(driftFields, { service: SERVICE, rules: [kafkaRule] });
