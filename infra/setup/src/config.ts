import { retentionRule } from '@fineprint/retention';
import {
  about,
  type ConfigOf,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaFields,
  kafkaRule,
  postgresFields,
  registryFields,
  retentionFields,
  serviceFields,
  transportFields,
  withDefault,
} from '@fineprint/service-config';

/** One copy on each of three brokers, as a cluster has them. */
const CLUSTER_REPLICAS = 3;

const shape = {
  LOG_LEVEL: serviceFields.LOG_LEVEL,
  ...transportFields,
  ...kafkaFields,
  ...registryFields,
  ...postgresFields,
  ...clickhouseFields,
  ...retentionFields,
  KAFKA_REPLICATION_FACTOR: about(
    'Copies of every topic, each on another broker. The local stack has one broker, and so 1.',
    withDefault(integer({ min: 1, max: 9, unit: 'replicas' }), CLUSTER_REPLICAS),
  ),
};

export type SetupConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('setup', shape, [kafkaRule, retentionRule]);
