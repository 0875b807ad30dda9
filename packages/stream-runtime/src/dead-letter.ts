import type { DeadLetter } from '@fineprint/schemas';
import type { NodeName, TopicName } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';
import type { Refusal } from './outcome.ts';
import type { InputRecord } from './ports.ts';
import { parseWire, peekEventId } from './wire-format.ts';

/** Namespace of dead letter ids: UUIDv5 of this and "stage/topic/partition/offset", so a repeat has the same id. */
const NAMESPACE = '6f1c3f0e-7a53-5b0a-9d5e-2f6b1f0c9a11';
const MAX_HEADERS = 50;
/** On a replayed record: the dead letter it comes from. Should it be refused again, the new letter says so. */
export const REPLAY_OF_HEADER = 'fp-replay-of';

/** A refused record as its dead letter: original key, bytes and headers, where it lay, and why it was refused. */
export function toDeadLetter(
  node: NodeName,
  at: { topic: TopicName; partition: number; input: InputRecord },
  refusal: Refusal,
  nowMs: number,
): DeadLetter {
  const { topic, partition, input } = at;
  const wire = parseWire(input.value);
  return {
    dead_letter_id: uuidv5(`${node}/${topic}/${partition}/${input.offset}`, NAMESPACE),
    stage: node,
    code: refusal.code,
    message: refusal.message,
    path: refusal.path ?? null,
    source_topic: topic,
    source_partition: partition,
    source_offset: input.offset,
    source_time: input.timestampMs,
    source: null,
    event_id: wire === null ? null : peekEventId(wire.datum),
    schema_id: wire?.schemaId ?? null,
    key: input.key,
    value: input.value,
    headers: headersOf(input),
    failed_at: nowMs,
  };
}

function headersOf(input: InputRecord): Record<string, Buffer> {
  const { [REPLAY_OF_HEADER]: replayOf, ...others } = input.headers;
  // First, so that a record with many headers cannot push it out.
  const entries = [[REPLAY_OF_HEADER, replayOf] as const, ...Object.entries(others)]
    .slice(0, MAX_HEADERS)
    .flatMap(([name, value]) => {
      const first = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name, Buffer.from(first as Buffer)] as const];
    });
  return Object.fromEntries(entries);
}
