import { randomUUID } from 'node:crypto';
import type { TopicName } from '@fineprint/topology';
import type { Admin, Kafka } from 'kafkajs';
import type { InputRecord } from '../ports.ts';
import { fetchOffsets, fetchOffsetsSince } from './ask-leaders.ts';
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

/** A stretch of a partition. */
export interface OffsetRange {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  /** One past the last record. */
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
    const all = (await Promise.all(options.topics.map((t) => rangesOf({ kafka, admin }, t, options)))).flat();
    const ranges = all.filter((r) => r.from < r.to && (options.partitions?.includes(r.partition) ?? true));
    await readAs(kafka, admin, ranges, all, options.onRecords);
  } finally {
    await admin.disconnect();
  }
}

/** Reads exactly these stretches, in the same way; what Kafka has deleted of one in the meantime is left out. */
export async function readOffsets(
  kafka: Kafka,
  ranges: readonly OffsetRange[],
  onRecords: ReadRangeOptions['onRecords'],
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = [...new Set(ranges.map((r) => r.topic))];
    const all = (await Promise.all(topics.map((t) => rangesOf({ kafka, admin }, t, { sinceMs: 0 })))).flat();
    const kept = ranges.map((r) => {
      const low = all.find((a) => a.topic === r.topic && a.partition === r.partition)?.from ?? r.from;
      return { ...r, from: Math.max(r.from, low) };
    });
    await readAs(
      kafka,
      admin,
      kept.filter((r) => r.from < r.to),
      all,
      onRecords,
    );
  } finally {
    await admin.disconnect();
  }
}

async function readAs(
  kafka: Kafka,
  admin: Admin,
  ranges: readonly OffsetRange[],
  all: readonly OffsetRange[],
  onRecords: ReadRangeOptions['onRecords'],
): Promise<void> {
  if (ranges.length === 0) return;
  const groupId = GROUP_PREFIX + randomUUID();
  const read = (a: OffsetRange) => ranges.some((r) => r.topic === a.topic && r.partition === a.partition);
  try {
    await consumeRanges(kafka, groupId, { ranges, others: all.filter((a) => !read(a)) }, onRecords);
  } finally {
    // A group that stays behind is empty, holds no offsets, and is forgotten by the broker.
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
}

async function rangesOf(
  { kafka, admin }: { readonly kafka: Kafka; readonly admin: Admin },
  topic: TopicName,
  {
    sinceMs,
    startOffset = 0,
    endOffset = Number.POSITIVE_INFINITY,
  }: Pick<ReadRangeOptions, 'sinceMs' | 'startOffset' | 'endOffset'>,
): Promise<OffsetRange[]> {
  const ends = await fetchOffsets(kafka, admin, topic);
  const starts = sinceMs <= 0 ? [] : await fetchOffsetsSince(kafka, admin, topic, sinceMs);
  return ends.map(({ partition, high, low }) => {
    const start = Number(starts.find((s) => s.partition === partition)?.offset ?? low);
    const from = Math.max(Number(low), startOffset, start < 0 ? Number(high) : start);
    return { topic, partition, from, to: Math.min(Number(high), endOffset) };
  });
}

async function consumeRanges(
  kafka: Kafka,
  groupId: string,
  { ranges, others }: { readonly ranges: readonly OffsetRange[]; readonly others: readonly OffsetRange[] },
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
          const records = toInputRecords(batch)
            .filter((r) => r.offset >= range.from && r.offset < range.to)
            .map(plain);
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

/** A copy that holds what a fetched record only shows, for readers that put their own beside it. */
const plain = ({ offset, timestampMs, key, value, headers }: InputRecord): InputRecord => ({
  offset,
  timestampMs,
  key,
  value,
  headers,
});
