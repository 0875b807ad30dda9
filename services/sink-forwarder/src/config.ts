import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  oneOf,
  portField,
  postgresFields,
  privacyFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';
import { destinations } from '@fineprint/topology';
import { destinationFields, destinationRule } from './settings.ts';

const shape = {
  ...streamFields,
  ...portField(3112),
  ...postgresFields,
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  DESTINATION: oneOf(destinations),
  ...destinationFields,
  /** Less than a stop may take. */
  FORWARDER_TIMEOUT_MS: withDefault(integer({ min: 100, max: 20_000, unit: 'milliseconds' }), 10_000),
  /** Between two looks at a destination that is away. */
  FORWARDER_MAX_WAIT_MS: withDefault(integer({ min: 500, max: 600_000, unit: 'milliseconds' }), 60_000),
  FORWARDER_MAX_RECORDS: withDefault(integer({ min: 1, max: 10_000, unit: 'events at a time' }), 2_000),
};

export type ForwarderConfig = ConfigOf<typeof shape>;

export const readForwarderConfig = (): ForwarderConfig =>
  loadConfig(shape, { service: 'sink-forwarder', rules: [kafkaRule, destinationRule] });
