import type { Kafka } from 'kafkajs';
import { StreamError } from '../errors.ts';
import type { SnapshotReader } from '../ports.ts';
import { readRange } from './read-range.ts';

export function createSnapshotReader(kafka: Kafka): SnapshotReader {
  return {
    async readAll(topic, partition, onRecords) {
      try {
        await readRange(kafka, {
          topics: [topic],
          partitions: [partition],
          sinceMs: 0,
          onRecords: (_topic, _partition, records) => onRecords(records),
        });
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        throw new StreamError('unavailable', `${topic}/${partition} cannot be read back: ${detail}`, {
          cause: error,
          retriable: true,
        });
      }
    },
  };
}
