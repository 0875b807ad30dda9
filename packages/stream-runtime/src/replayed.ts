import type { DeadLetter } from '@fineprint/schemas';
import { inputTopics, type NodeName, nodes, replayTopics, type TopicName } from '@fineprint/topology';
import { REPLAY_OF_HEADER } from './dead-letter.ts';
import type { Refusal } from './outcome.ts';
import type { InputRecord } from './ports.ts';

/** A dead letter's record, where it lay. */
export interface Replayed {
  readonly topic: TopicName;
  readonly input: InputRecord;
}

export const MISPLACED: Refusal = {
  type: 'dead-letter',
  code: 'misplaced_replay',
  message: 'the letter is not one of this stage and of this partition number',
};

/** The record as it lay when it was refused, and whose replay it is; null where the letter is not the node's to take back. */
export function replayedOf(node: NodeName, letter: DeadLetter, partition: number): Replayed | null {
  const { source_topic: topic, source_offset: offset, source_time: timestampMs } = letter;
  const own = inputTopics(nodes[node]).filter((t) => !replayTopics.some((r) => r === t));
  const input = own.find((t) => t === topic);
  const isOurs = letter.stage === node && letter.source_partition === partition;
  if (!isOurs || input === undefined || offset === null || offset < 0 || timestampMs === null) return null;
  return {
    topic: input,
    input: {
      offset,
      timestampMs,
      key: letter.key,
      value: letter.value,
      headers: { ...letter.headers, [REPLAY_OF_HEADER]: letter.dead_letter_id },
    },
  };
}
