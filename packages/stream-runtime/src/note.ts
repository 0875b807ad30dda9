import type { EventNote } from '@fineprint/schemas';
import type { NodeName, TopicName } from '@fineprint/topology';
import type { OutputRecord } from './ports.ts';
import type { RecordEncoder } from './record-encoder.ts';

export const NOTES_TOPIC = 'pipeline.notes';

/** Where a note's record lay. */
export interface NotePlace {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

export interface Note {
  readonly eventId: string | null;
  readonly kind: 'dropped' | 'dead_lettered' | 'scrubbed';
  readonly reason: string;
  readonly types?: readonly string[];
  readonly paths?: readonly string[];
}

/** What a path may name: our fields, plain keys, and what replaced a personal one. Anything else may be somebody's data. */
const PLAIN_SEGMENT = /^(?:\$|\d{1,6}|[A-Za-z_][A-Za-z0-9_-]{0,63}|\[[A-Z_]{2,24}\])$/;
const MAX_PATHS = 50;
const MAX_SEGMENTS = 12;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The note of one event as a record; none where the event has no readable id. `at` is null where it came over HTTP. */
export function toNote(
  node: NodeName,
  encoder: RecordEncoder,
  at: NotePlace | null,
  note: Note,
  nowMs: number,
): OutputRecord[] {
  const eventId = note.eventId?.toLowerCase();
  if (eventId === undefined || !UUID.test(eventId)) return [];
  const value: EventNote = {
    event_id: eventId,
    stage: node,
    kind: note.kind,
    reason: note.reason,
    topic: at?.topic ?? null,
    partition: at?.partition ?? null,
    offset: at?.offset ?? null,
    types: (note.types ?? []).slice(0, MAX_PATHS),
    paths: (note.paths ?? []).slice(0, MAX_PATHS).map(maskPath),
    noted_at: nowMs,
  };
  const bytes = encoder.encode(NOTES_TOPIC, value);
  const partition = at === null ? {} : { partition: at.partition };
  return [{ topic: NOTES_TOPIC, ...partition, key: null, value: bytes, timestampMs: nowMs }];
}

/** Masks the segments of a path that are no plain names; of a long path the first ones are kept. */
export function maskPath(path: string): string {
  const segments = path
    .split('.', MAX_SEGMENTS + 1)
    .map((segment) => (segment === '' || PLAIN_SEGMENT.test(segment) ? segment : '*'));
  return segments.length > MAX_SEGMENTS
    ? [...segments.slice(0, MAX_SEGMENTS), '*'].join('.')
    : segments.join('.');
}
