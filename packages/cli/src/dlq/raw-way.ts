import {
  CLAIMED_HEADER,
  type OutputRecord,
  REPLAY_OF_HEADER,
  type RecordWriter,
  StreamError,
} from '@fineprint/stream-runtime';
import { inputTopics, nodes, type TopicName, topics } from '@fineprint/topology';
import type { FullLetter, ReplayWay, Sent } from './ways.ts';

const INPUTS: readonly string[] = inputTopics(nodes['pii-scrubber']);

/** Codes of refusals that come after a record has claimed its event id, so the claim has to be let go of. */
const CLAIMED: ReadonlySet<string> = new Set(['record_too_large', 'invalid_record']);

/** The id that a refused record claimed, and for which place. */
export interface Claim {
  readonly id: string;
  readonly place: { readonly topic: TopicName; readonly partition: number; readonly offset: number };
}

/**
 * Back to the raw topic, the same partition: original key, bytes and headers. The scrubber's deduplication makes once of
 * it: the first replay claims the event's id, any other is dropped as duplicate_event_id.
 */
export function createRawWay(
  writer: RecordWriter,
  releaseClaims: (claims: readonly Claim[]) => Promise<void>,
): ReplayWay {
  const write = async (records: readonly OutputRecord[]): Promise<Sent[]> => {
    try {
      await writer.write(records);
      return records.map(() => 'replayed');
    } catch (error) {
      if (!(error instanceof StreamError) || error.code !== 'record_too_large') throw error;
      if (records.length === 1) return ['record_too_large'];
      // One is too large; written alone, the others pass. What has been written already is dropped as a duplicate.
      const each: Sent[] = [];
      for (const record of records) each.push(...(await write([record])));
      return each;
    }
  };
  return {
    refusalOf: ({ sourceTopic, sourcePartition }) =>
      isPlace(sourceTopic, sourcePartition) ? null : 'no_source',
    async send(letters) {
      const claims = letters.flatMap(({ record }) => claimOf(record));
      if (claims.length > 0) await releaseClaims(claims);
      return write(letters.map(toRawRecord));
    },
  };
}

function isPlace(topic: string | null, partition: number | null): topic is TopicName {
  if (topic === null || partition === null || !INPUTS.includes(topic)) return false;
  return partition >= 0 && partition < topics[topic as TopicName].partitions;
}

function claimOf({ code, event_id: id, ...at }: FullLetter['record']): Claim[] {
  const { source_topic: topic, source_partition: partition, source_offset: offset } = at;
  if (!CLAIMED.has(code) || id === null || partition === null || offset === null) return [];
  return isPlace(topic, partition) ? [{ id: id.toLowerCase(), place: { topic, partition, offset } }] : [];
}

/** The record as it was, and whose replay it is. Exported for tests. */
export function toRawRecord({ record }: Pick<FullLetter, 'record'>): OutputRecord {
  // Who wrote it first has told the ledger of it once; a replay is nobody's claim.
  const { [REPLAY_OF_HEADER]: _before, [CLAIMED_HEADER]: _claim, ...headers } = record.headers;
  return {
    topic: record.source_topic as TopicName,
    partition: record.source_partition ?? 0,
    key: record.key,
    value: record.value,
    headers: { [REPLAY_OF_HEADER]: record.dead_letter_id, ...headers },
  };
}
