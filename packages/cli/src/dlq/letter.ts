import { createHash } from 'node:crypto';
import { LETTER_HEADERS } from '@fineprint/ingest-gateway/letter-headers';
import type { DeadLetter } from '@fineprint/schemas';
import { REPLAY_OF_HEADER } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';

/** What is known of a dead letter without its bytes. */
export interface Letter {
  readonly id: string;
  readonly stage: string;
  readonly code: string;
  /** Written by the stage; holds no value of the record. */
  readonly message: string;
  readonly path: string | null;
  readonly eventId: string | null;
  /** Where the bytes can be read and name one. */
  readonly eventName: string | null;
  readonly sourceTopic: string | null;
  readonly sourcePartition: number | null;
  readonly sourceOffset: number | null;
  readonly sourceTimeMs: number | null;
  readonly source: string | null;
  readonly schemaId: number | null;
  readonly failedAtMs: number;
  readonly sizeBytes: number;
  readonly headerNames: readonly string[];
  /** Of the gateway's: the route it came by. */
  readonly route: string | null;
  /** Of the gateway's: its request's key, which a replay's names its first letter by. */
  readonly idempotencyKey: string | null;
  /** The letter whose replay was refused with this one. */
  readonly replayOf: string | null;
  /** Tells equal bytes from others, so that nobody can hide a letter behind another one by a forged header. */
  readonly valueHash: string;
  /** Where the letter itself lies. */
  readonly at: LetterPlace;
}

export interface LetterPlace {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

export const placeKey = ({ topic, partition, offset }: LetterPlace): string =>
  `${topic}/${partition}/${offset}`;

export function toLetter(record: DeadLetter, at: LetterPlace, eventName: string | null): Letter {
  return {
    id: record.dead_letter_id,
    stage: record.stage,
    code: record.code,
    message: record.message,
    path: record.path,
    eventId: record.event_id,
    eventName,
    sourceTopic: record.source_topic,
    sourcePartition: record.source_partition,
    sourceOffset: record.source_offset,
    sourceTimeMs: record.source_time,
    source: record.source,
    schemaId: record.schema_id,
    failedAtMs: record.failed_at,
    sizeBytes: record.value?.length ?? 0,
    headerNames: Object.keys(record.headers),
    route: record.headers[LETTER_HEADERS.route]?.toString('latin1') ?? null,
    idempotencyKey: record.headers[LETTER_HEADERS.idempotencyKey]?.toString('latin1') ?? null,
    replayOf: record.headers[REPLAY_OF_HEADER]?.toString('latin1') ?? null,
    valueHash: hashOf(record.value),
    at,
  };
}

const HASH_CHARS = 22;

function hashOf(value: Buffer | null): string {
  if (value === null) return '';
  return createHash('sha256').update(value).digest('base64url').slice(0, HASH_CHARS);
}
