import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  portField,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3103),
  AI_METRICS_FLUSH_MS: withDefault(integer({ min: 50, max: 60_000, unit: 'milliseconds' }), 500),
};

export type AggregatorConfig = ConfigOf<typeof shape>;

export const readAggregatorConfig = (): AggregatorConfig =>
  loadConfig(shape, { service: 'ai-aggregator', rules: [kafkaRule] });
