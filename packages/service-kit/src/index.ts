export { kafkaClientSettings, type StreamConfig, streamFields } from './stream-config.ts';
export { type StreamParts, startStreamService } from './stream-service.ts';
