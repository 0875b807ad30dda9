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

const byPlace = (positions: readonly GroupPosition[]) =>
  new Map(positions.map((p) => [placeOf(p), p.nextOffset]));

/**
 * Groups that fill restored stores go back to where they were when the backup began, which is never beyond what its rows say: from
 * there they find what their store holds already. What the others made is in Kafka still: they stay, and get the backup's position only
 * where Kafka has forgotten theirs.
 */
export function planPositions(backup: readonly GroupPosition[], now: KafkaNow): PositionPlan {
  const [was, is] = [byPlace(backup), byPlace(now.positions)];
  const places = readers.flatMap(({ group, topics, isRestored }) =>
    topics.flatMap((topic) =>
      now.reach(topic).map((reach) => {
        const key = placeOf({ group, topic, partition: reach.partition });
        return {
          group,
          topic,
          isRestored,
          reach,
          before: was.get(key) ?? null,
          current: is.get(key) ?? null,
        };
      }),
    ),
  );
  for (const place of places) refuseBehind(place);
  return { moves: places.flatMap(moveOf), expired: places.flatMap(expiredOf) };
}

interface Place {
  readonly group: string;
  readonly topic: TopicName;
  readonly isRestored: boolean;
  readonly reach: Reach;
  /** What the group had committed when the backup began. */
  readonly before: number | null;
  readonly current: number | null;
}

function refuseBehind({ group, topic, reach: { partition, high }, before }: Place): void {
  if (before === null || before <= high) return;
  throw new BackupError(
    'kafka_behind',
    `${topic}/${partition} ends at offset ${high} in Kafka, and ${group} had read up to ${before} when the backup was made`,
  );
}

function moveOf({ group, topic, isRestored, reach: { partition, low }, before, current }: Place): Move[] {
  const isMoved = isRestored
    ? before !== null || current !== null // who has never read begins at the beginning by itself
    : before !== null && current === null;
  return isMoved ? [{ group, topic, partition, offset: Math.max(before ?? 0, low) }] : [];
}

function expiredOf({ group, topic, isRestored, reach: { partition, low }, before }: Place): Expired[] {
  const isExpired = isRestored && before !== null && low > before;
  return isExpired ? [{ group, topic, partition, from: before, to: low }] : [];
}
