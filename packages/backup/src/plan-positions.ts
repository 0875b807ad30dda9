import { inputTopics, type NodeDefinition, nodes, type TopicName } from '@fineprint/topology';
import { BackupError } from './backup-error.ts';
import type { GroupPosition } from './manifest.ts';

/** How far a partition reaches in Kafka. */
export interface Reach {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

export interface KafkaNow {
  readonly reach: (topic: string) => readonly Reach[];
  /** What groups have committed now. */
  readonly positions: readonly GroupPosition[];
}

/** Where a group is to go on. */
export interface Move {
  readonly group: string;
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

/** Records that came after the backup and that Kafka has deleted. Some of the first ones may be in the backup's rows. */
export interface Expired {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface PositionPlan {
  readonly moves: readonly Move[];
  readonly expired: readonly Expired[];
}

export interface Reader {
  readonly group: string;
  readonly topics: readonly TopicName[];
  /** What it makes of its input is in a store that is restored, so it has to make it again. */
  readonly isRestored: boolean;
}

const RESTORED: ReadonlySet<string> = new Set(['clickhouse', 'postgres']);

/** Every consumer group of the topology. */
export const readers: readonly Reader[] = Object.values(nodes).flatMap((node: NodeDefinition) => {
  const topics = inputTopics(node);
  if (node.group === null || topics.length === 0) return [];
  return [{ group: node.group, topics, isRestored: node.stores.some((store) => RESTORED.has(store)) }];
});

const placeOf = (p: { group: string; topic: string; partition: number }) =>
  `${p.group} ${p.topic}/${p.partition}`;

/**
 * Groups that fill restored stores go back to where they were when the backup began, which is never beyond what its rows say: from
 * there they find what their store holds already. What the others made is in Kafka still: they stay, and get the backup's position only
 * where Kafka has forgotten theirs.
 */
export function planPositions(backup: readonly GroupPosition[], now: KafkaNow): PositionPlan {
  const was = new Map(backup.map((p) => [placeOf(p), p.nextOffset]));
  const is = new Map(now.positions.map((p) => [placeOf(p), p.nextOffset]));
  const moves: Move[] = [];
  const expired: Expired[] = [];
  for (const { group, topics, isRestored } of readers)
    for (const topic of topics)
      for (const { partition, low, high } of now.reach(topic)) {
        const place = { group, topic, partition };
        const before = was.get(placeOf(place)) ?? null;
        const current = is.get(placeOf(place)) ?? null;
        if ((before ?? 0) > high)
          throw new BackupError(
            'kafka_behind',
            `${topic}/${partition} ends at offset ${high} in Kafka, and ${group} had read up to ${before} when the backup was made`,
          );
        if (!isRestored) {
          if (current === null && before !== null) moves.push({ ...place, offset: Math.max(before, low) });
          continue;
        }
        const offset = before ?? 0;
        if (low > offset && before !== null) expired.push({ ...place, from: offset, to: low });
        if (current !== null || before !== null) moves.push({ ...place, offset: Math.max(offset, low) });
      }
  return { moves, expired };
}
