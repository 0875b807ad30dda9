import type { InputRecord, OutputRecord, RecordWriter, SnapshotReader } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';

/** Topics and partitions in memory, with Kafka's rules as far as stages can see them. */
export interface MemoryLog extends RecordWriter, SnapshotReader {
  /** Appends one record and answers its offset. */
  append(topic: TopicName, partition: number, record: Partial<InputRecord>): number;
  read(topic: TopicName, partition: number): readonly InputRecord[];
  /** Every record of a topic, by partition and offset. */
  all(topic: TopicName): readonly (InputRecord & { readonly partition: number })[];
}

export function createMemoryLog(nowMs: () => number): MemoryLog {
  const partitions = new Map<string, InputRecord[]>();
  const at = (topic: TopicName, partition: number): InputRecord[] => {
    if (partition < 0 || partition >= topics[topic].partitions)
      throw new Error(`${topic} has no partition ${partition}`);
    const key = `${topic}/${partition}`;
    const records = partitions.get(key) ?? [];
    partitions.set(key, records);
    return records;
  };
  const append: MemoryLog['append'] = (topic, partition, record) => {
    const records = at(topic, partition);
    records.push({
      offset: records.length,
      timestampMs: record.timestampMs ?? nowMs(),
      key: record.key ?? null,
      value: record.value ?? null,
      headers: record.headers ?? {},
    });
    return records.length - 1;
  };
  return {
    append,
    read: at,
    readAll: (topic, partition, onRecords) => onRecords([...at(topic, partition)]),
    readBefore: (topic, partition, endOffset, onRecords, startOffset = 0) =>
      onRecords(at(topic, partition).filter((r) => r.offset >= startOffset && r.offset < endOffset)),
    all: (topic) =>
      Array.from({ length: topics[topic].partitions }, (_, partition) =>
        at(topic, partition).map((r) => ({ ...r, partition })),
      ).flat(),
    write(records: readonly OutputRecord[]) {
      for (const record of records) {
        const headers = Object.fromEntries(
          Object.entries(record.headers ?? {}).map(([name, value]) => [name, Buffer.from(value as Buffer)]),
        );
        append(record.topic, record.partition ?? 0, {
          ...record,
          headers,
          timestampMs: record.timestampMs ?? nowMs(),
        });
      }
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}
