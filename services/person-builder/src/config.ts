import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  optional,
  portField,
  postgresFields,
  secret,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3106),
  ...postgresFields,
  // What the scrubber has too: without it nobody can tell here who was erased.
  PII_PSEUDONYM_KEY: optional(secret('at least 16 characters, the same as the scrubber has')),
  PERSON_MAX_RECORDS: withDefault(
    integer({ min: 1, max: 10_000, unit: 'snapshots of one transaction' }),
    250,
  ),
};

export type PersonConfig = ConfigOf<typeof shape>;

export const readPersonConfig = (): PersonConfig =>
  loadConfig(shape, { service: 'person-builder', rules: [kafkaRule] });
