import type { InputOf, NodeName } from '@fineprint/topology';
import { type PartitionsDependencies, type Running, runPartitions } from './run-partitions.ts';
import type { Sink } from './sink.ts';
import type { SinkLimits } from './sink-buffer.ts';
import { createSinkWork } from './sink-work.ts';

export interface SinkDependencies extends PartitionsDependencies {
  readonly limits: SinkLimits;
}

/**
 * Runs a sink: buffers by size and age, writes blocks, and trusts the store's own word on where it stands. The group's
 * offset is committed for others to see the lag; on assignment the store's position decides.
 */
export function runSink<N extends NodeName>(sink: Sink<N>, deps: SinkDependencies): Promise<Running> {
  return runPartitions(sink.node, deps, (topic, partition, context) =>
    createSinkWork(sink, topic as InputOf<N>, partition, { ...deps, ...context }),
  );
}
