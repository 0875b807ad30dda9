import type { Watermark } from '@fineprint/ledger';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { inputTopics, type NodeName, nodes, type TopicName, topics } from '@fineprint/topology';
import { tables } from '@fineprint/warehouse-loader/tables';
import { checkedTable } from './row-sums.ts';
import type { Warehouse } from './warehouse.ts';

export const LOADER = 'warehouse-loader' satisfies NodeName;

const key = (...parts: readonly (string | number)[]) => parts.join('/');

/** Where each stage's group goes on, by stage, topic and partition. */
export async function readCommitted(admin: TopicAdmin): Promise<ReadonlyMap<string, number>> {
  const committed = new Map<string, number>();
  for (const [stage, node] of Object.entries(nodes)) {
    if (node.group === null) continue;
    const { group } = node;
    const read = async (topic: TopicName) => {
      for (const { partition, nextOffset } of await admin.committed(group, topic))
        if (nextOffset !== null) committed.set(key(stage, topic, partition), nextOffset);
    };
    await Promise.all(inputTopics(node).map(read));
  }
  return committed;
}

/** Where topics begin and end. */
export async function readWatermarks(
  admin: TopicAdmin,
  names: readonly TopicName[] = Object.keys(topics) as TopicName[],
): Promise<ReadonlyMap<string, Watermark>> {
  const found = new Map<string, Watermark>();
  const read = async (topic: TopicName) => {
    for (const { partition, low, high } of await admin.watermarks(topic))
      found.set(key(topic, partition), { low, high });
  };
  await Promise.all(names.map(read));
  return found;
}

/** How far the loader has come with a partition. */
export interface Loaded {
  /** Everything before is in the store, or has ended otherwise. */
  readonly nextOffset: number;
  /** Everything made from source offsets before is. */
  readonly nextSourceOffset: number;
}

/** By the store's own word, and by what the loader has committed: it may have ended with records that it did not store. */
export async function readLoaded(
  warehouse: Warehouse,
  admin: TopicAdmin,
  names: readonly (keyof typeof tables)[],
): Promise<ReadonlyMap<string, Loaded>> {
  const group = nodes[LOADER].group;
  const loaded = new Map<string, Loaded>();
  for (const topic of names) {
    for (const { partition, nextOffset } of await admin.committed(group, topic))
      loaded.set(key(topic, partition), { nextOffset: nextOffset ?? 0, nextSourceOffset: 0 });
  }
  const rows = await warehouse.rows<{ topic: string; partition: number; next: number; source: number }>(
    names
      .map(
        (
          topic,
        ) => `SELECT _topic AS topic, _partition AS partition, max(_offset) + 1 AS next, max(_source_offset) + 1 AS source
          FROM ${checkedTable(tables[topic])} WHERE _topic = '${topic}' GROUP BY _topic, _partition`,
      )
      .join(' UNION ALL '),
  );
  for (const { topic, partition, next, source } of rows) {
    const committed = loaded.get(key(topic, partition))?.nextOffset ?? 0;
    loaded.set(key(topic, partition), { nextOffset: Math.max(next, committed), nextSourceOffset: source });
  }
  return loaded;
}

/** Whether the loader has passed everything that lay in the topics when the watermarks were read. */
export function hasPassed(
  loaded: ReadonlyMap<string, Loaded>,
  watermarks: ReadonlyMap<string, Watermark>,
  names: readonly TopicName[],
): boolean {
  return [...watermarks].every(([place, { low, high }]) => {
    if (!names.some((topic) => place.startsWith(`${topic}/`))) return true;
    return high === low || (loaded.get(place)?.nextOffset ?? 0) >= high;
  });
}
