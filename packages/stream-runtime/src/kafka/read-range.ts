import { randomUUID } from 'node:crypto';
import type { TopicName } from '@fineprint/topology';
import type { Admin, Kafka } from 'kafkajs';
import type { InputRecord } from '../ports.ts';
import { toInputRecords } from './consumer.ts';

export interface ReadRangeOptions {
  readonly topics: readonly TopicName[];
  /** Only these partition numbers; without it all. */
  readonly partitions?: readonly number[];
  /** Records received before this are left out. */
  readonly sinceMs: number;
  /** No record before this offset. */
  readonly startOffset?: number;
  /** Only records before this offset; without it up to where a partition ends at the call. */
  readonly endOffset?: number;
  /** Called with runs of records; per partition in order, one call at a time. */
  onRecords(topic: TopicName, partition: number, records: readonly InputRecord[]): Promise<void>;
}

interface Range {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  /** One past the last record to read. */
  readonly to: number;
}

const GROUP_PREFIX = 'fineprint.read-range.';

/**
 * Reads everything between a time and the ends that the topics have at the call. kafkajs reads only as a member of a
 * group, so it joins one of its own, commits nothing and deletes the group.
 */
export async function readRange(kafka: Kafka, options: ReadRangeOptions): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const all = (await Promise.all(options.topics.map((t) => rangesOf(admin, t, options)))).flat();
    const ranges = all.filter((r) => r.from < r.to && (options.partitions?.includes(r.partition) ?? true));
    if (ranges.length === 0) return;
    const groupId = GROUP_PREFIX + randomUUID();
    const others = all.filter((r) => !ranges.includes(r));
    await consumeRanges(kafka, groupId, { ranges, others }, options.onRecords);
    // Everything has been read. A group that stays behind is empty, holds no offsets, and is forgotten by the broker.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  } finally {
    await admin.disconnect();
  }
}

async function rangesOf(
  admin: Admin,
  topic: TopicName,
  { sinceMs, startOffset = 0, endOffset = Number.POSITIVE_INFINITY }: ReadRangeOptions,
): Promise<Range[]> {
  const ends = await admin.fetchTopicOffsets(topic);
  const starts = sinceMs <= 0 ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, sinceMs);
  return ends.map(({ partition, high, low }) => {
    const start = Number(starts.find((s) => s.partition === partition)?.offset ?? low);
    const from = Math.max(Number(low), startOffset, start < 0 ? Number(high) : start);
    return { topic, partition, from, to: Math.min(Number(high), endOffset) };
  });
}

async function consumeRanges(
  kafka: Kafka,
  groupId: string,
  { ranges, others }: { readonly ranges: readonly Range[]; readonly others: readonly Range[] },
  onRecords: ReadRangeOptions['onRecords'],
): Promise<void> {
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 250,
    // A broker that has just started is still loading its groups for a while.
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 20 },
  });
  const open = new Map(ranges.map((r) => [`${r.topic}/${r.partition}`, r]));
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...new Set(ranges.map((r) => r.topic))], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      const eachBatch: Parameters<typeof consumer.run>[0] = {
        autoCommit: false,
        eachBatch: async ({ batch, isStale }) => {
          const range = open.get(`${batch.topic}/${batch.partition}`);
          if (range === undefined || isStale()) return;
          const records = toInputRecords(batch).filter((r) => r.offset >= range.from && r.offset < range.to);
          await onRecords(range.topic, range.partition, records).catch(reject);
          if (Number(batch.lastOffset()) < range.to - 1) return;
          open.delete(`${batch.topic}/${batch.partition}`);
          consumer.pause([{ topic: batch.topic, partitions: [batch.partition] }]);
          if (open.size === 0) resolve();
        },
      };
      consumer.run(eachBatch).catch(reject);
      // A member alone in its group is given every partition: those not asked for must not be fetched.
      consumer.pause(others.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
      for (const { topic, partition, from } of ranges)
        consumer.seek({ topic, partition, offset: String(from) });
    });
  } finally {
    await consumer.disconnect();
  }
}
