import type { OffsetRange, TopicAdmin } from '@fineprint/stream-runtime';
import { type NodeName, nodes, type TopicName } from '@fineprint/topology';
import type { CleanEnd } from './bookkeeping.ts';
import { ReplayError } from './errors.ts';
import type { ReplayTopic } from './stages.ts';

export interface TimeSpan {
  readonly sinceMs: number;
  readonly untilMs: number;
}

type Admin = Pick<TopicAdmin, 'watermarks' | 'committed' | 'offsetsSince'>;

/** The raw records of a time that the stage is done with: only over those a decision stands. */
export async function rangesOf(
  admin: Admin,
  node: NodeName,
  topics: readonly ReplayTopic[],
  { sinceMs, untilMs }: TimeSpan,
): Promise<OffsetRange[]> {
  const { group } = nodes[node];
  if (group === null) throw new Error(`node ${node} reads no topic`);
  const ranges: OffsetRange[] = [];
  for (const { raw } of topics) {
    const [ends, starts, stops, committed] = [
      await admin.watermarks(raw),
      await admin.offsetsSince(raw, sinceMs),
      await admin.offsetsSince(raw, untilMs),
      await admin.committed(group, raw),
    ];
    for (const { partition, low, high } of ends) {
      const at = <T extends { partition: number }>(list: readonly T[]) =>
        list.find((o) => o.partition === partition);
      const from = Math.max(low, at(starts)?.offset ?? low);
      const to = Math.min(high, at(stops)?.offset ?? high, at(committed)?.nextOffset ?? low);
      if (from < to) ranges.push({ topic: raw, partition, from, to });
    }
  }
  if (ranges.length > 0) return ranges;
  throw new ReplayError(
    'RANGE_EMPTY',
    `Kafka holds no record of this time that ${node} has processed.`,
    'Give an earlier --since (raw topics are kept for 72 hours), or wait until the stage has caught up.',
  );
}

/** Where topics that the loader reads end: once it is there, all that they hold of the range is stored. */
export async function endsOf(admin: Admin, names: readonly TopicName[]): Promise<CleanEnd[]> {
  const ends: CleanEnd[] = [];
  for (const topic of names)
    for (const { partition, high } of await admin.watermarks(topic))
      ends.push({ topic, partition, offset: high });
  return ends;
}
