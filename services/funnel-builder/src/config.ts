import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds,
  optional,
  portField,
  postgresFields,
  secret,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3105),
  ...postgresFields,
  // What the scrubber has too: without it nobody can tell here who was erased.
  PII_PSEUDONYM_KEY: optional(secret('at least 16 characters, the same as the scrubber has')),
  FUNNEL_FLUSH_MS: withDefault(milliseconds(50, 60_000), 200),
  DEFINITIONS_REFRESH_MS: withDefault(milliseconds(100, 60_000), 1_000),
  // Per partition; one process may have to hold all of them.
  FUNNEL_STATE_MB: withDefault(integer({ min: 1, max: 65_536, unit: 'megabytes per partition' }), 256),
};

export type FunnelConfig = ConfigOf<typeof shape>;

export const readFunnelConfig = (): FunnelConfig =>
  loadConfig(shape, { service: 'funnel-builder', rules: [kafkaRule] });
