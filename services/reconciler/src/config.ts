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

export const reconcilerFields = {
  ...scheduledFields,
  ...portField(3109),
  ...postgresFields,
  ...clickhouseFields,
  RECONCILE_INTERVAL_MS: about(
    'How often the books are compared.',
    withDefault(milliseconds(500, 600_000), 3_000),
  ),
  RECONCILE_WINDOW_MINUTES: about(
    'A round looks at what was received since, but at no more than 20,000 entries; gaps that stand are looked at however old they are.',
    withDefault(integer({ min: 1, max: 1_440, unit: 'minutes' }), 10),
  ),
  RECONCILE_SETTLE_MS: about(
    'How long a round waits for what is in flight.',
    withDefault(milliseconds(0, 60_000), 4_000),
  ),
  RECONCILE_LEASE_MS: about(
    'Who reconciles and says nothing for so long has lost it to another instance.',
    withDefault(milliseconds(1_000, 600_000), 30_000),
  ),
};

export type ReconcilerConfig = ConfigOf<typeof reconcilerFields>;

export const SERVICE = 'reconciler';

export const settings = defineSettings(SERVICE, reconcilerFields, [kafkaRule]);

export const loadReconcilerConfig = (): ReconcilerConfig => settings.load();
