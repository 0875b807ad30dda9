import { type NodeName, type ReplayTopic, replayTopics, type TopicName } from '@fineprint/topology';
import type { SnapshotReader } from './ports.ts';
import type { RecordDecoder } from './record-decoder.ts';
import { type PartitionsDependencies, type Running, runPartitions } from './run-partitions.ts';
import type { Sink, SinkInput } from './sink.ts';
import type { SinkLimits } from './sink-buffer.ts';
import { laneInto, newPace, type Pace, type SinkLane } from './sink-lane.ts';
import { createSinkReplayWork } from './sink-replay-work.ts';
import { createSinkWork, type SinkShared } from './sink-work.ts';
import { createTurns } from './turns.ts';

export interface SinkDependencies extends PartitionsDependencies {
  readonly limits: SinkLimits;
  /** What is to differ in a topic. */
  readonly limitsOf?: (topic: TopicName) => Partial<SinkLimits>;
  /** How many lanes write at a time; those that wait grow. Unbounded unless given. */
  readonly maxWrites?: number;
  /** For dead letters that come back through the node's replay topic. */
  readonly decoder: RecordDecoder;
  readonly snapshotReader: SnapshotReader;
}

/**
 * Runs a sink: buffers by size and age, writes blocks, and trusts the store's own word on where it stands. The group's
 * offset is committed for others to see the lag; on assignment the store's position decides.
 */
export function runSink<N extends NodeName>(sink: Sink<N>, deps: SinkDependencies): Promise<Running> {
  const limitsOf = (topic: TopicName) => ({ ...deps.limits, ...deps.limitsOf?.(topic) });
  const turns = createTurns(deps.maxWrites ?? Number.POSITIVE_INFINITY);
  const lanes = new Map<string, SinkLane>();
  const paces = new Map<TopicName, Pace>();
  /** A topic's where there are lanes; otherwise each partition has its own. */
  const paceOf = (topic: TopicName): Pace => {
    const pace = (sink.lanes === undefined ? undefined : paces.get(topic)) ?? newPace();
    paces.set(topic, pace);
    return pace;
  };
  const shared: SinkShared = {
    laneOf(topic, partition) {
      const name = `${topic}/${sink.lanes?.laneOf(partition) ?? partition}`;
      const known = lanes.get(name);
      if (known !== undefined) return known;
      const lane = laneInto(sink, topic as SinkInput<N>, {
        turns,
        pace: paceOf(topic),
        isPatient: limitsOf(topic).isPatient === true,
        clock: deps.clock,
      });
      lanes.set(name, lane);
      return lane;
    },
    behind: new Set(),
  };
  return runPartitions(sink.node, deps, (topic, partition, context) => {
    const given = { ...deps, ...context, ...shared };
    return replayTopics.some((name) => name === topic)
      ? createSinkReplayWork(sink, topic as ReplayTopic, partition, given)
      : createSinkWork(sink, topic as SinkInput<N>, partition, { ...given, limits: limitsOf(topic) });
  });
}
