import type { ReadyReason } from '@fineprint/observability';
import { createEndHistory, type EndHistory } from './end-history.ts';

/** One look at Kafka from outside the consumer. */
export interface ClusterLook {
  readonly clusterId: string;
  readonly topicProblems: readonly ReadyReason[];
  /** Of every input partition. `committed` was asked for before `high`, so it can never be the larger one. */
  readonly partitions: readonly PartitionLook[];
  /** Null for what has not joined a group yet. */
  readonly group: { readonly state: string; readonly members: readonly string[] } | null;
}

export interface PartitionLook {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  /** One past the last record. */
  readonly high: number;
  /** Where the group goes on; null where it has committed nothing. */
  readonly committed: number | null;
}

export interface ClusterView {
  /** `memberId`: who we are in the group; null while we are in none, or it rebalances. */
  observe(look: ClusterLook, memberId: string | null): void;
  reasons(): readonly ReadyReason[];
  /** Kafka is not as it must be for us to join. */
  blocksStart(): boolean;
  /** What we read is not what we read before: going on would mix two histories. */
  mustStop(): boolean;
  /** Records between the group's position and the topics' ends; undefined before the first look. */
  lag(): number | undefined;
  lags(): readonly PartitionLag[];
}

/** How far the group is behind in a partition. */
export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  /** How long the next of them has been waiting. */
  readonly seconds: number;
}

export interface ClusterViewOptions {
  /** The cluster that is meant; undefined: the first one seen. */
  readonly clusterId: string | undefined;
  readonly nowMs: () => number;
  readonly stallTimeoutMs: number;
}

interface Seen {
  readonly topic: string;
  readonly partition: number;
  readonly ends: EndHistory;
  readonly at: number;
  readonly lag: number;
  readonly sinceMs: number;
  readonly highest: number;
}

/** Some looks see what is just about to change, so what would be wrong must be so twice. */
const CERTAIN_AFTER_LOOKS = 2;

/** What several looks at Kafka say together. Pure but for the clock. */
export function createClusterView(options: ClusterViewOptions): ClusterView {
  const { nowMs } = options;
  const seen = new Map<string, Seen>();
  const suspicions = new Map<string, { looks: number; reason: ReadyReason }>();
  let expected = options.clusterId;
  let foreign: ReadyReason[] = [];
  let topicProblems: readonly ReadyReason[] = [];
  let certain: ReadyReason[] = [];
  let lag: number | undefined;

  const note = (look: PartitionLook): number => {
    const { topic, partition, low, high, committed } = look;
    const name = nameOf(look);
    const at = committed ?? low;
    const before = seen.get(name);
    const behind = Math.max(0, high - at);
    const moved = before === undefined || before.at !== at || before.lag === 0;
    const sinceMs = moved ? nowMs() : before.sinceMs;
    const ends = before?.ends ?? createEndHistory();
    ends.note(high, nowMs());
    const highest = Math.max(before?.highest ?? 0, high);
    seen.set(name, { topic, partition, ends, at, lag: behind, sinceMs, highest });
    return behind;
  };

  /** What this look alone would say; by a key that stays the same from look to look. */
  const suspicious = (look: ClusterLook, memberId: string | null): Map<string, ReadyReason> => {
    const found = new Map<string, ReadyReason>();
    for (const looked of look.partitions) {
      const { high, committed } = looked;
      const name = nameOf(looked);
      const reached = Math.max(committed ?? 0, seen.get(name)?.highest ?? 0);
      if (reached <= high) continue;
      const message = `${name} ends at ${high}, but ${reached} had been reached: it is another topic, or lost records`;
      found.set(`recreated ${name}`, { code: 'topic_recreated', message });
    }
    const { group } = look;
    if (memberId !== null && group !== null && isLost(group, memberId))
      found.set('group', {
        code: 'group_lost',
        message: `Kafka does not count us among the ${group.members.length} members of the group (${group.state})`,
      });
    return found;
  };

  const weigh = (found: ReadonlyMap<string, ReadyReason>) => {
    for (const key of suspicions.keys()) if (!found.has(key)) suspicions.delete(key);
    for (const [key, reason] of found)
      suspicions.set(key, { looks: (suspicions.get(key)?.looks ?? 0) + 1, reason });
    certain = [...suspicions.values()]
      .filter(({ looks }) => looks >= CERTAIN_AFTER_LOOKS)
      .map(({ reason }) => reason);
  };

  return {
    observe(look, memberId) {
      expected ??= look.clusterId;
      const isForeign = look.clusterId !== expected;
      const message = `Kafka is cluster ${look.clusterId}, not ${expected}`;
      foreign = isForeign ? [{ code: 'wrong_cluster', message }] : [];
      if (isForeign) return; // what else it has says nothing about ours
      topicProblems = look.topicProblems;
      weigh(suspicious(look, memberId));
      lag = look.partitions.reduce((sum, partition) => sum + note(partition), 0);
    },
    lag: () => lag,
    lags: () =>
      [...seen.values()].map(({ topic, partition, ends, at, lag: records }) => ({
        topic,
        partition,
        records,
        seconds: records === 0 ? 0 : ends.waitingMs(at, nowMs()) / 1_000,
      })),
    blocksStart: () => foreign.length + topicProblems.length > 0 || suspicions.size > 0,
    mustStop: () => foreign.length > 0 || certain.some((r) => r.code === 'topic_recreated'),
    reasons: () => [
      ...foreign,
      ...topicProblems,
      ...certain,
      ...[...seen]
        .filter(([, s]) => s.lag > 0 && nowMs() - s.sinceMs > options.stallTimeoutMs)
        .map(([name, s]) => ({
          code: 'no_progress',
          message: `${name}: ${s.lag} records wait and the group does not move`,
        })),
    ],
  };
}

const nameOf = ({ topic, partition }: Pick<PartitionLook, 'topic' | 'partition'>) => `${topic}/${partition}`;

/** While a group rebalances nobody is lost yet. */
function isLost(group: NonNullable<ClusterLook['group']>, memberId: string): boolean {
  if (group.state === 'PreparingRebalance' || group.state === 'CompletingRebalance') return false;
  return !group.members.includes(memberId);
}
