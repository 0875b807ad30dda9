import {
  type ConfigOf,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds,
  portField,
  postgresFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

const shape = {
  ...streamFields,
  ...portField(3103),
  ...postgresFields,
  AI_METRICS_FLUSH_MS: withDefault(milliseconds(50, 60_000), 500),
  /** A price is used at the latest so long after its import. */
  AI_PRICES_REFRESH_MS: withDefault(milliseconds(100, 3_600_000), 2_000),
  /** How long the last prices serve while Postgres is away. */
  AI_PRICES_GRACE_SECONDS: withDefault(integer({ min: 1, max: 86_400, unit: 'seconds' }), 900),
};

export type AggregatorConfig = ConfigOf<typeof shape>;

export const readAggregatorConfig = (): AggregatorConfig =>
  loadConfig(shape, { service: 'ai-aggregator', rules: [kafkaRule] });
