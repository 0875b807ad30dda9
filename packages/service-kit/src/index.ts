export type { Check } from '@fineprint/http-kit';
export { newInstanceName } from './instance-name.ts';
export { createNodeClaims } from './node-claims.ts';
export { createNodePublisher, type PublishedRecord, type Publisher } from './node-publisher.ts';
export { type Rounds, startRounds } from './rounds.ts';
export {
  type ScheduledParts,
  type ScheduledWork,
  startScheduledService,
} from './scheduled-service.ts';
export {
  kafkaClientSettings,
  type ScheduledConfig,
  type StreamConfig,
  scheduledFields,
  streamFields,
} from './stream-config.ts';
export { type StreamParts, type StreamServiceOptions, startStreamService } from './stream-service.ts';
