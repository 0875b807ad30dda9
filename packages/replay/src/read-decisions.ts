import {
  createRecordDecoder,
  type KafkaConnection,
  type OffsetRange,
  type SchemaRegistry,
  sourceOffsetOf,
  type TopicAdmin,
} from '@fineprint/stream-runtime';
import { deadLetterOf, type NodeName, type TopicName } from '@fineprint/topology';
import { type Decisions, placeIn } from './decisions.ts';
import type { OnProgress } from './parts.ts';
import type { ReplayTopic } from './stages.ts';

/** Everything these topics got since a time. */
async function rangesSince(
  admin: TopicAdmin,
  names: readonly TopicName[],
  sinceMs: number,
): Promise<OffsetRange[]> {
  const ranges: OffsetRange[] = [];
  for (const topic of names) {
    const starts = await admin.offsetsSince(topic, sinceMs);
    for (const { partition, low, high } of await admin.watermarks(topic)) {
      const from = Math.max(low, starts.find((s) => s.partition === partition)?.offset ?? low);
      if (from < high) ranges.push({ topic, partition, from, to: high });
    }
  }
  return ranges;
}

/**
 * Learns from the stage's own outputs what it decided: the clean topics hold a record for each raw one that it passed on, the
 * dead letter one for each that it refused. Both carry the raw place, and both times are not before the raw record's.
 */
export async function readDecisions(
  decisions: Decisions,
  node: NodeName,
  topics: readonly ReplayTopic[],
  sinceMs: number,
  parts: { readonly kafka: KafkaConnection; readonly registry: SchemaRegistry; readonly admin: TopicAdmin },
  onProgress: OnProgress,
): Promise<void> {
  const rawOf = new Map(topics.map((t) => [t.clean, t.raw]));
  const deadLetter = deadLetterOf(node);
  const decoder = createRecordDecoder(parts.registry, Date.now);
  const ranges = await rangesSince(parts.admin, [...rawOf.keys(), deadLetter], sinceMs);
  const total = ranges.reduce((sum, r) => sum + r.to - r.from, 0);
  let done = 0;
  await parts.kafka.readOffsets(ranges, async (topic, partition, records) => {
    const raw = rawOf.get(topic);
    if (raw === undefined) await decoder.prepare(records.map((r) => r.value));
    for (const record of records) {
      if (raw !== undefined) {
        const offset = sourceOffsetOf(record);
        if (offset !== null) decisions.notePassed(placeIn(raw, partition, offset));
        continue;
      }
      const letter = decoder.decode(deadLetter, record.value);
      if (!letter.ok) continue;
      const { source_topic, source_partition, source_offset, code } = letter.record;
      if (source_topic === null || source_partition === null || source_offset === null) continue;
      decisions.noteDeadLetter(placeIn(source_topic as TopicName, source_partition, source_offset), code);
    }
    done += records.length;
    onProgress('reading what was decided', done, total);
  });
}
