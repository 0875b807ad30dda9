import type { OutputRecord, RecordEncoder, RecordWriter } from '@fineprint/stream-runtime';
import {
  inputTopics,
  type NodeName,
  nodes,
  type ReplayTopic,
  replayTopics,
  type TopicName,
  topics,
} from '@fineprint/topology';
import type { FullLetter, ReplayWay } from './ways.ts';

/** Nodes that read their own dead letters back from a topic of their own. */
export type ReplayingNode = { [N in NodeName]: `replay.${N}` extends ReplayTopic ? N : never }[NodeName];

/**
 * The letter itself goes to the node's own replay topic, in the partition number of its record: the clean topics have other
 * readers, which have counted the record. The loader stores it at the place where it was refused, once; a destination has
 * each event once by its id.
 */
export function createReplayTopicWay(
  node: ReplayingNode,
  writer: RecordWriter,
  encoder: RecordEncoder,
): ReplayWay {
  const replayTopic: ReplayTopic = `replay.${node}`;
  const taken: readonly string[] = inputTopics(nodes[node]).filter((t) => !replayTopics.some((r) => r === t));
  const toRecord = ({ record }: FullLetter): OutputRecord => ({
    topic: replayTopic,
    partition: record.source_partition ?? 0,
    key: null,
    value: encoder.encode(replayTopic, record),
  });
  return {
    refusalOf({ sourceTopic: topic, sourcePartition: partition, sourceOffset: offset }) {
      if (topic === null || partition === null || offset === null || !taken.includes(topic))
        return 'no_source';
      return partition >= 0 && partition < topics[topic as TopicName].partitions ? null : 'no_source';
    },
    async send(letters) {
      await writer.write(letters.map(toRecord));
      return letters.map(() => 'replayed');
    },
  };
}
