import {
  about,
  type ConfigOf,
  defineSettings,
  integer,
  kafkaRule,
  portField,
  postgresFields,
  subjectKeyFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3106),
  ...postgresFields,
  ...subjectKeyFields,
  PERSON_MAX_RECORDS: about(
    'Snapshots of one transaction.',
    withDefault(integer({ min: 1, max: 10_000, unit: 'snapshots of one transaction' }), 500),
  ),
};

export type PersonConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('person-builder', shape, [kafkaRule]);

export const readPersonConfig = (): PersonConfig => settings.load();
