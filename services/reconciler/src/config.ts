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

export const reconcilerFields = {
  ...scheduledFields,
  ...portField(3109),
  ...postgresFields,
  ...clickhouseFields,
  RECONCILE_INTERVAL_MS: withDefault(milliseconds(500, 600_000), 3_000),
  // Rounds look at what was received since, but at no more than 20,000 entries; gaps that stand are looked at however old they are.
  RECONCILE_WINDOW_MINUTES: withDefault(integer({ min: 1, max: 1_440, unit: 'minutes' }), 10),
  // How long a round waits for what is in flight.
  RECONCILE_SETTLE_MS: withDefault(milliseconds(0, 60_000), 4_000),
  // Who reconciles and says nothing for so long has lost it to another instance.
  RECONCILE_LEASE_MS: withDefault(milliseconds(1_000, 600_000), 30_000),
};

export type ReconcilerConfig = ConfigOf<typeof reconcilerFields>;

export const SERVICE = 'reconciler';

export const loadReconcilerConfig = (): ReconcilerConfig =>
  loadConfig(reconcilerFields, { service: SERVICE, rules: [kafkaRule] });
