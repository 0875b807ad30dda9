import type { InputRecord, OutputRecord } from '@fineprint/stream-runtime';
import { type TopicName, topics } from '@fineprint/topology';
import { EPOCH_MS } from './sim-process.ts';

export interface LoggedRecord extends InputRecord {
  readonly headers: Readonly<Record<string, Buffer>>;
}

/** Topics and partitions, as the broker's disk has them. */
export interface SimLog {
  readonly partitions: number;
  append(partition: number, record: OutputRecord): void;
  read(topic: TopicName, partition: number): readonly LoggedRecord[];
  /** Every partition of a topic. */
  all(topic: TopicName): readonly { readonly partition: number; readonly records: readonly LoggedRecord[] }[];
  /** Called back once, when the partition has grown beyond its present end. */
  onAppend(topic: TopicName, partition: number, wake: () => void): void;
}

export function createSimLog(partitions: number, nowMs: () => number): SimLog {
  const logs = new Map<string, LoggedRecord[]>();
  const waiters = new Map<string, (() => void)[]>();
  const read = (topic: TopicName, partition: number): LoggedRecord[] => {
    if (partition >= partitions) throw new Error(`${topic} has no partition ${partition}`);
    const key = `${topic}/${partition}`;
    let records = logs.get(key);
    if (records === undefined) {
      records = [];
      logs.set(key, records);
    }
    return records;
  };
  return {
    partitions,
    read,
    all: (topic) =>
      Array.from({ length: partitions }, (_, partition) => ({ partition, records: read(topic, partition) })),
    append(partition, record) {
      const records = read(record.topic, partition);
      const receivedMs = EPOCH_MS + Math.floor(nowMs());
      const isOwnTime = topics[record.topic].timestamps === 'LogAppendTime';
      records.push({
        offset: records.length,
        timestampMs: isOwnTime ? receivedMs : (record.timestampMs ?? receivedMs),
        key: record.key,
        value: record.value,
        headers: Object.fromEntries(
          Object.entries(record.headers ?? {}).map(([name, value]) => [name, Buffer.from(value as Buffer)]),
        ),
      });
      const key = `${record.topic}/${partition}`;
      const woken = waiters.get(key) ?? [];
      waiters.delete(key);
      for (const wake of woken) wake();
    },
    onAppend(topic, partition, wake) {
      const key = `${topic}/${partition}`;
      waiters.set(key, [...(waiters.get(key) ?? []), wake]);
    },
  };
}
