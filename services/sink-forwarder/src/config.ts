import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  oneOf,
  portField,
  postgresFields,
  privacyFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';
import { destinations } from '@fineprint/topology';
import { destinationFields, destinationRule } from './settings.ts';

const shape = {
  ...streamFields,
  ...portField(3112),
  ...postgresFields,
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  DESTINATION: about('Which destination this process serves.', oneOf(destinations)),
  ...destinationFields,
  FORWARDER_TIMEOUT_MS: about(
    'How long a destination may take to answer; less than a stop may take.',
    withDefault(integer({ min: 100, max: 20_000, unit: 'milliseconds' }), 10_000),
  ),
  FORWARDER_MAX_WAIT_MS: about(
    'The longest wait between two looks at a destination that is away.',
    withDefault(integer({ min: 500, max: 600_000, unit: 'milliseconds' }), 60_000),
  ),
  FORWARDER_MAX_RECORDS: about(
    'Events handed over at a time.',
    withDefault(integer({ min: 1, max: 10_000, unit: 'events at a time' }), 2_000),
  ),
};

export type ForwarderConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('sink-forwarder', shape, [kafkaRule, destinationRule]);

export const readForwarderConfig = (): ForwarderConfig => settings.load();
