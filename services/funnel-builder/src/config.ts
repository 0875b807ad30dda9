import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  milliseconds,
  portField,
  postgresFields,
  realtimeFields,
  subjectKeyFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3105),
  ...realtimeFields,
  ...postgresFields,
  ...subjectKeyFields,
  FUNNEL_FLUSH_MS: about(
    'How often changed subjects are published.',
    withDefault(milliseconds(50, 60_000), 200),
  ),
  DEFINITIONS_REFRESH_MS: about(
    'How often definitions of funnels and cohorts are read again.',
    withDefault(milliseconds(100, 60_000), 1_000),
  ),
  FUNNEL_STATE_MB: about(
    'Memory for what is known of subjects, per partition, of which one process may have to hold all: no more than a tenth of its heap.',
    withDefault(integer({ min: 1, max: 65_536, unit: 'megabytes per partition' }), 256),
  ),
};

export type FunnelConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('funnel-builder', shape, [kafkaRule]);

export const readFunnelConfig = (): FunnelConfig => settings.load();
