export {
  type Account,
  type AccountLine,
  createAccount,
  type Ending,
  type LineKind,
  type Sum,
} from './account.ts';
export { type BatchingOptions, type BatchingWriter, createBatchingWriter } from './batching-writer.ts';
export { CLAIMED_EVENT, CLAIMED_HEADER, takeRecord } from './claimed.ts';
export { CLAIM_DEFAULTS, type Claims, type ClaimsOptions, createClaims } from './claims.ts';
export { REPLAY_OF_HEADER } from './dead-letter.ts';
export { DECODE_MESSAGES } from './decode-messages.ts';
export type { Drop, Effect, EffectAttempt, EffectInput, EffectStage, Emission } from './effect-stage.ts';
export { StreamError, type StreamErrorCode } from './errors.ts';
export { ABSENT, integerAt, type Spans } from './field-spans.ts';
export { hashId, type IdHash } from './id-sum.ts';
export type { TopicAdmin, TopicProblem } from './kafka/admin.ts';
export { connectKafka, type KafkaConnection, type KafkaLog, type KafkaSettings } from './kafka/connect.ts';
export {
  type ConsumerLike,
  createGroupConsumer,
  type KafkaGroupConsumer,
  type KafkaLike,
} from './kafka/consumer.ts';
export type { OffsetRange, ReadRangeOptions } from './kafka/read-range.ts';
export { connectRegistry, type RegistrySettings } from './kafka/registry.ts';
export { createWriter, type ProducerLike } from './kafka/writer.ts';
export { createLazyWriter } from './lazy-writer.ts';
export {
  createLedgerWriter,
  LEDGER_TOPIC,
  type LedgerRole,
  type LedgerWriter,
  type PlacedWork,
  type Work,
} from './ledger.ts';
export { maskPath, NOTES_TOPIC, type Note, toNote } from './note.ts';
export type { ProcessedEvent, StreamObserver } from './observer.ts';
export type { DecodedRecord, GlancedRecord, Outcome, RecordKey, Refusal, Scrubbed } from './outcome.ts';
export * from './ports.ts';
export { type BatchResult, processBatch } from './process-batch.ts';
export {
  createRecordDecoder,
  type Decoded,
  type DecodeFailureCode,
  type RecordDecoder,
} from './record-decoder.ts';
export { createRecordEncoder, type RecordEncoder } from './record-encoder.ts';
export { recordIdOf } from './record-id.ts';
export { sleep } from './retry.ts';
export { type EffectDependencies, runEffects } from './run-effects.ts';
export type { Running } from './run-partitions.ts';
export { runSink, type SinkDependencies } from './run-sink.ts';
export { runSnapshots, type SnapshotDependencies } from './run-snapshots.ts';
export { FACTS_HOLD_MS, runStage, type StageDependencies } from './run-stage.ts';
export type { SchemaRegistry } from './schema-registry.ts';
export {
  PoisonError,
  type Sink,
  type SinkHoldings,
  type SinkInput,
  type SinkLanes,
  type SinkPosition,
  type SinkRecord,
  type SinkWrite,
  type SinkWritten,
} from './sink.ts';
export type { SinkLimits } from './sink-buffer.ts';
export type { Applied, AsOf, PartitionHistory, SnapshotStage } from './snapshot-stage.ts';
export { isRepeat, SOURCE_OFFSET_HEADER, sourceOffsetOf } from './source-offset.ts';
export type { BatchPlace, GlanceAt, Stage, StageContext } from './stage.ts';
export {
  createStreamHealth,
  type HealthLimits,
  type HealthProblem,
  type StreamHealth,
} from './stream-health.ts';
export {
  carriedTrace,
  parseTrace,
  renderTrace,
  spanIdAt,
  TRACE_HEADER,
  type TraceContext,
  type TracedPlace,
} from './trace-context.ts';
export { parseWire, peekEventId, WIRE_HEADER_BYTES } from './wire-format.ts';
