export type { Check } from '@fineprint/http-kit';
export { kafkaClientSettings, type StreamConfig, streamFields } from './stream-config.ts';
export { type StreamParts, type StreamServiceOptions, startStreamService } from './stream-service.ts';
