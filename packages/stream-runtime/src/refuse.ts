import { deadLetterOf, type NodeName, type TopicName } from '@fineprint/topology';
import { toDeadLetter } from './dead-letter.ts';
import { toNote } from './note.ts';
import type { Refusal } from './outcome.ts';
import type { InputRecord, OutputRecord } from './ports.ts';
import type { RecordEncoder } from './record-encoder.ts';

/** A refused record's dead letter, and the note that says so of its event. Written together, before anything is committed. */
export function refusalRecords(
  node: NodeName,
  encoder: RecordEncoder,
  at: { readonly topic: TopicName; readonly partition: number; readonly input: InputRecord },
  refusal: Refusal,
  nowMs: number,
): OutputRecord[] {
  const { topic, partition, input } = at;
  const letterTopic = deadLetterOf(node);
  const letter = toDeadLetter(node, at, refusal, nowMs);
  const value = encoder.encode(letterTopic, letter);
  const place = { topic, partition, offset: input.offset };
  const paths = refusal.path === undefined ? [] : [refusal.path];
  const note = { eventId: letter.event_id, kind: 'dead_lettered', reason: refusal.code, paths } as const;
  return [{ topic: letterTopic, partition, key: null, value }, ...toNote(node, encoder, place, note, nowMs)];
}
