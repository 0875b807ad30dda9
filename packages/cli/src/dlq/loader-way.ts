import type { OutputRecord, RecordEncoder, RecordWriter } from '@fineprint/stream-runtime';
import { inputTopics, nodes, replayTopics, type TopicName, topics } from '@fineprint/topology';
import type { FullLetter, ReplayWay } from './ways.ts';

const STAGE = 'warehouse-loader';
const REPLAY_TOPIC = 'replay.warehouse-loader';

/** Topics whose records the loader stores. */
const STORED: readonly string[] = inputTopics(nodes[STAGE]).filter((t) => !replayTopics.some((r) => r === t));

/**
 * The letter itself goes to the loader's own replay topic, in the partition number of its record: the clean topics have other
 * readers, which have counted the record. The loader stores it at the place where it was refused, once.
 */
export function createLoaderWay(writer: RecordWriter, encoder: RecordEncoder): ReplayWay {
  const toRecord = ({ record }: FullLetter): OutputRecord => ({
    topic: REPLAY_TOPIC,
    partition: record.source_partition ?? 0,
    key: null,
    value: encoder.encode(REPLAY_TOPIC, record),
  });
  return {
    refusalOf({ sourceTopic: topic, sourcePartition: partition, sourceOffset: offset }) {
      if (topic === null || partition === null || offset === null || !STORED.includes(topic))
        return 'no_source';
      return partition >= 0 && partition < topics[topic as TopicName].partitions ? null : 'no_source';
    },
    async send(letters) {
      await writer.write(letters.map(toRecord));
      return letters.map(() => 'replayed');
    },
  };
}
