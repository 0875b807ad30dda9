import type { RecordName } from '@fineprint/schemas';

/** What a topic holds and how Kafka keeps it. */
export interface TopicDefinition {
  /** The record its values are, by schema name. */
  readonly schema: RecordName;
  /** What its key is; order holds per key. `window`: a series and its window. `series`: what is watched. */
  readonly key: 'subject' | 'window' | 'series' | 'none';
  readonly partitions: number;
  readonly cleanup: 'delete' | 'compact';
  readonly retentionHours: number;
  /** `pii`: may hold personal data, so only nodes cleared for it may read. */
  readonly classification: 'pii' | 'clean';
  /** Whose clock sets Kafka's record time. Always *received* time: an event time would let retention delete the unread. */
  readonly timestamps: 'LogAppendTime' | 'CreateTime';
  readonly maxMessageBytes: number;
}

/** The same everywhere: stages are partition-aligned 1:1, so a subject keeps its partition number through the DAG. */
const PARTITIONS = 6;
/**
 * So many neighbouring partitions (a lane) share their loads into ClickHouse, which is paid by the load. A lane belongs to one
 * loader: larger ones make fewer loads of a slow flow, and more to carry for a single process. Two loaders that disagree on it
 * could both store the same rows, so it is changed with all loaders stopped.
 */
export const LANE_PARTITIONS = 3;
const MIB = 1_048_576;

/** What arrives: any producer may have put anything into it. */
const raw = {
  key: 'subject',
  partitions: PARTITIONS,
  cleanup: 'delete',
  retentionHours: 72,
  classification: 'pii',
  timestamps: 'LogAppendTime',
  maxMessageBytes: MIB,
} as const;

/** What left the scrubber. The scrubber copies the raw record's received time. Larger than raw: redaction can lengthen a value. */
const clean = {
  ...raw,
  retentionHours: 168,
  classification: 'clean',
  timestamps: 'CreateTime',
  maxMessageBytes: 2 * MIB,
} as const;

/** What a stateful node knows, per key "as of" an offset of the same partition number of its input. */
const snapshots = { ...clean, cleanup: 'compact' } as const;

/** Original bytes with a reason. */
const deadLetter = {
  ...raw,
  key: 'none',
  schema: 'DeadLetter',
  maxMessageBytes: 4 * MIB,
} as const;

/** Dead letters on their way back to the node that refused them, which alone reads them. What they hold was in a clean topic before. */
const replay = {
  ...clean,
  key: 'none',
  schema: 'DeadLetter',
  retentionHours: 72,
  maxMessageBytes: 4 * MIB,
} as const;

/** Every topic. The one place a topic is named. */
export const topics = {
  'product.events.raw': { ...raw, schema: 'ProductEvent' },
  'ai.requests.raw': { ...raw, schema: 'AiRequest' },
  'ai.feedback.raw': { ...raw, schema: 'AiFeedback' },
  'consent.updates': { ...raw, schema: 'ConsentUpdate' },
  'product.events.clean': { ...clean, schema: 'ProductEvent' },
  'ai.requests.clean': { ...clean, schema: 'AiRequest' },
  'ai.feedback.clean': { ...clean, schema: 'AiFeedback' },
  'consent.clean': { ...clean, schema: 'ConsentUpdate' },
  'ai.metrics': { ...snapshots, key: 'window', schema: 'AiMetric' },
  'ai.drift': { ...clean, key: 'series', schema: 'AiDrift' },
  'quality.results': { ...clean, key: 'series', schema: 'QualityResult' },
  alerts: { ...clean, key: 'series', schema: 'Alert' },
  'alerts.deliveries': { ...clean, key: 'none', schema: 'AlertDelivery' },
  // What the audit log was, for as long as somebody may ask; a line each few minutes.
  'audit.anchors': { ...clean, key: 'series', schema: 'AuditAnchor', retentionHours: 87_600 },
  'subject.behaviour': { ...snapshots, key: 'subject', schema: 'SubjectBehaviour' },
  'funnel.progress': { ...snapshots, key: 'subject', schema: 'FunnelProgress' },
  'cohort.membership': { ...snapshots, key: 'subject', schema: 'CohortMembership' },
  'identity.links': { ...snapshots, key: 'subject', schema: 'IdentityLink' },
  'sinks.deliveries': { ...clean, key: 'none', schema: 'Delivery' },
  'pipeline.ledger': { ...clean, key: 'none', schema: 'LedgerEntry' },
  'pipeline.notes': { ...clean, key: 'none', schema: 'EventNote' },
  'replay.warehouse-loader': replay,
  'replay.postgres-loader': replay,
  'replay.forwarder-mixpanel': replay,
  'replay.forwarder-amplitude': replay,
  'replay.forwarder-segment': replay,
  'replay.forwarder-webhooks': replay,
  'replay.snowflake-loader': replay,
  'dead-letter.ingest-gateway': deadLetter,
  'dead-letter.pii-scrubber': deadLetter,
  'dead-letter.ai-aggregator': deadLetter,
  'dead-letter.funnel-builder': deadLetter,
  'dead-letter.person-builder': deadLetter,
  'dead-letter.alert-manager': deadLetter,
  'dead-letter.warehouse-loader': deadLetter,
  'dead-letter.postgres-loader': deadLetter,
  'dead-letter.forwarder-mixpanel': deadLetter,
  'dead-letter.forwarder-amplitude': deadLetter,
  'dead-letter.forwarder-segment': deadLetter,
  'dead-letter.forwarder-webhooks': deadLetter,
  'dead-letter.snowflake-loader': deadLetter,
} as const satisfies Record<string, TopicDefinition>;

export type TopicName = keyof typeof topics;

/** What every node writes beside its routes: what became of its records, and of single events where it is worth a note. */
export const bookTopics = ['pipeline.ledger', 'pipeline.notes'] as const satisfies readonly TopicName[];
