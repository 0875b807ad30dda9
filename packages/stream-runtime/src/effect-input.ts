import { type NodeName, type ReplayTopic, replayTopics, type TopicName } from '@fineprint/topology';
import type { Account } from './account.ts';
import { takeRecord } from './claimed.ts';
import { DECODE_MESSAGES } from './decode-messages.ts';
import type { Refusal } from './outcome.ts';
import type { InputRecord } from './ports.ts';
import type { RecordDecoder } from './record-decoder.ts';
import { recordIdOf } from './record-id.ts';
import { MISPLACED, replayedOf } from './replayed.ts';

/** A record to be worked on, and where it lies; of a dead letter that came back, where it lay when it was refused. */
export interface OpenedRecord {
  readonly at: { readonly topic: TopicName; readonly partition: number; readonly input: InputRecord };
  /** Why it is none of the node's. */
  readonly refusal: Refusal | null;
}

/** How the records of a topic are opened and counted. */
export interface EffectInputReader {
  open(records: readonly InputRecord[]): Promise<readonly OpenedRecord[]>;
  take(account: Account, opened: OpenedRecord): void;
}

export const isReplay = (topic: TopicName): topic is ReplayTopic =>
  replayTopics.some((name) => name === topic);

/** Of the node's own input, or of its replay topic: that one holds letters with records of the input in them. */
export function createEffectInput(
  node: NodeName,
  topic: TopicName,
  partition: number,
  decoder: RecordDecoder,
): EffectInputReader {
  const prepare = (records: readonly InputRecord[]) => decoder.prepare(records.map((r) => r.value));
  const openLetter = (letter: InputRecord): OpenedRecord => {
    const decoded = decoder.decode(topic as ReplayTopic, letter.value);
    const replayed = decoded.ok ? replayedOf(node, decoded.record, partition) : null;
    if (replayed !== null) return { at: { ...replayed, partition }, refusal: null };
    const refusal = decoded.ok
      ? MISPLACED
      : { ...MISPLACED, code: decoded.code, message: DECODE_MESSAGES[decoded.code] };
    return { at: { topic, partition, input: letter }, refusal };
  };
  if (!isReplay(topic))
    return {
      async open(records) {
        await prepare(records);
        return records.map((input) => ({ at: { topic, partition, input }, refusal: null }));
      },
      take: (account, { at }) => takeRecord(account, at.input, recordIdOf(at.input.value)),
    };
  return {
    async open(records) {
      await prepare(records);
      const opened = records.map(openLetter);
      await prepare(opened.map(({ at }) => at.input));
      return opened;
    },
    // Whoever claimed the record has had it counted the first time.
    take: (account, { at }) => account.take(recordIdOf(at.input.value)),
  };
}
