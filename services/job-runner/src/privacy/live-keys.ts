import type { InputRecord, KafkaConnection, RecordDecoder } from '@fineprint/stream-runtime';
import type { RecordOf, TopicName } from '@fineprint/topology';

/** A key of a compacted topic that has a value, in a partition. */
export interface LiveKey {
  readonly topic: TopicName;
  readonly partition: number;
  readonly key: string;
}

/** Where keys are told by what the key says; or, where a record is decoded, by the record. */
export type IsWanted<T extends TopicName> = (key: string, record: RecordOf<T>) => boolean;

/** Reads a compacted topic from its beginning and answers the keys that are wanted and whose last record has a value. */
export async function liveKeys<T extends TopicName>(
  kafka: KafkaConnection,
  decoder: RecordDecoder,
  topic: T,
  isWanted: IsWanted<T>,
): Promise<LiveKey[]> {
  const live = new Map<string, LiveKey>();
  const take = (partition: number, { key, value }: InputRecord) => {
    if (key === null) return;
    const name = `${partition}/${key.toString('base64')}`;
    if (value === null) {
      live.delete(name);
      return;
    }
    const decoded = decoder.decode(topic, value);
    const text = key.toString();
    if (decoded.ok && isWanted(text, decoded.record as RecordOf<T>))
      live.set(name, { topic, partition, key: text });
  };
  await kafka.readRange({
    topics: [topic],
    sinceMs: 0,
    async onRecords(_topic, partition, records) {
      await decoder.prepare(records.map((r) => r.value));
      for (const record of records) take(partition, record);
    },
  });
  return [...live.values()];
}

/** Takes keys away, each where it lies. */
export async function takeAway(kafka: KafkaConnection, keys: readonly LiveKey[]): Promise<void> {
  if (keys.length === 0) return;
  const writer = await kafka.writer();
  try {
    await writer.write(
      keys.map(({ topic, partition, key }) => ({ topic, partition, key: Buffer.from(key), value: null })),
    );
  } finally {
    await writer.close();
  }
}
