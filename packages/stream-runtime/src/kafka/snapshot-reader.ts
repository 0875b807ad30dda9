import type { TopicName } from '@fineprint/topology';
import type { Kafka } from 'kafkajs';
import { StreamError } from '../errors.ts';
import type { InputRecord, SnapshotReader } from '../ports.ts';
import { LeaseLost } from '../retry.ts';
import { readRange } from './read-range.ts';

export function createSnapshotReader(kafka: Kafka): SnapshotReader {
  const read = async (
    topic: TopicName,
    partition: number,
    onRecords: (records: readonly InputRecord[]) => Promise<void>,
    range: { readonly endOffset?: number; readonly startOffset?: number },
  ) => {
    try {
      await readRange(kafka, {
        topics: [topic],
        partitions: [partition],
        sinceMs: 0,
        ...range,
        onRecords: (_topic, _partition, records) => onRecords(records),
      });
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof StreamError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new StreamError('kafka_unavailable', `${topic}/${partition} cannot be read back: ${detail}`, {
        cause: error,
        retriable: true,
      });
    }
  };
  return {
    readAll: (topic, partition, onRecords) => read(topic, partition, onRecords, {}),
    readBefore: (topic, partition, endOffset, onRecords, startOffset = 0) =>
      read(topic, partition, onRecords, { endOffset, startOffset }),
  };
}
