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
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';

const shape = {
  ...streamFields,
  ...portField(3103),
  ...realtimeFields,
  ...postgresFields,
  AI_METRICS_FLUSH_MS: about(
    'How often changed windows are published.',
    withDefault(milliseconds(50, 60_000), 500),
  ),
  AI_PRICES_REFRESH_MS: about(
    'A price is used at the latest so long after its import.',
    withDefault(milliseconds(100, 3_600_000), 2_000),
  ),
  AI_PRICES_GRACE_SECONDS: about(
    'How long the last prices serve while Postgres is away.',
    withDefault(integer({ min: 1, max: 86_400, unit: 'seconds' }), 900),
  ),
};

export type AggregatorConfig = ConfigOf<typeof shape>;

export const settings = defineSettings('ai-aggregator', shape, [kafkaRule]);

export const readAggregatorConfig = (): AggregatorConfig => settings.load();
