export { type BatchingOptions, type BatchingWriter, createBatchingWriter } from './batching-writer.ts';
export { StreamError, type StreamErrorCode } from './errors.ts';
export type { TopicAdmin } from './kafka/admin.ts';
export { connectKafka, type KafkaConnection, type KafkaLog, type KafkaSettings } from './kafka/connect.ts';
export { connectRegistry } from './kafka/registry.ts';
export * from './ports.ts';
export {
  createRecordDecoder,
  type Decoded,
  type DecodeFailureCode,
  type RecordDecoder,
} from './record-decoder.ts';
export { createRecordEncoder, type RecordEncoder } from './record-encoder.ts';
export type { SchemaRegistry } from './schema-registry.ts';
export { parseWire, peekEventId, WIRE_HEADER_BYTES } from './wire-format.ts';
