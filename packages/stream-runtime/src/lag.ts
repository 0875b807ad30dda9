import { inputTopics, type NodeDefinition, nodes, type TopicName } from '@fineprint/topology';
import type { TopicAdmin } from './kafka/admin.ts';

/** How far one consumer group is in one partition. */
export interface PartitionLag {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Where the group goes on; null where it has committed nothing. */
  readonly committed: number | null;
  /** One past the last record. */
  readonly end: number;
  /** Records it has still to read. */
  readonly lag: number;
}

type Admin = Pick<TopicAdmin, 'watermarks' | 'committed'>;

/** Every consumer group of the DAG, by partition: what is written against what is committed. Without optional ones that never ran. */
export async function readLag(admin: Admin): Promise<PartitionLag[]> {
  const lags: PartitionLag[] = [];
  for (const node of Object.values<NodeDefinition>(nodes)) {
    if (node.group === null) continue;
    const own: PartitionLag[] = [];
    for (const topic of inputTopics(node)) own.push(...(await lagOf(admin, node.group, topic)));
    if (node.optional !== true || own.some((p) => p.committed !== null)) lags.push(...own);
  }
  return lags;
}

async function lagOf(admin: Admin, group: string, topic: TopicName): Promise<PartitionLag[]> {
  const [watermarks, committed] = await Promise.all([admin.watermarks(topic), admin.committed(group, topic)]);
  const next = new Map(committed.map((c) => [c.partition, c.nextOffset]));
  return watermarks.map(({ partition, low, high }) => {
    const at = next.get(partition) ?? null;
    return {
      group,
      topic,
      partition,
      committed: at,
      end: high,
      lag: Math.max(0, high - Math.max(at ?? low, low)),
    };
  });
}

/** One line per group and topic. */
export interface TopicLag {
  readonly group: string;
  readonly topic: string;
  readonly end: number;
  readonly lag: number;
}

export function lagByTopic(lags: readonly PartitionLag[]): TopicLag[] {
  const sums = new Map<string, TopicLag>();
  for (const { group, topic, end, lag } of lags) {
    const key = `${group} ${topic}`;
    const sum = sums.get(key);
    sums.set(key, { group, topic, end: (sum?.end ?? 0) + end, lag: (sum?.lag ?? 0) + lag });
  }
  return [...sums.values()];
}
