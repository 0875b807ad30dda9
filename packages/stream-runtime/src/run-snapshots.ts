import type { InputOf, NodeName, OutputOf } from '@fineprint/topology';
import type { SnapshotReader } from './ports.ts';
import { type Running, runPartitions } from './run-partitions.ts';
import type { StageDependencies } from './run-stage.ts';
import type { SnapshotStage } from './snapshot-stage.ts';
import { createSnapshotWork } from './snapshot-work.ts';

export interface SnapshotDependencies extends StageDependencies {
  readonly snapshotReader: SnapshotReader;
  /** At most this often a partition's changes are written, and its position committed; while it is behind a tenth as often. */
  readonly flushIntervalMs: number;
  /** How often a stage with `prepare` is called where no batch comes; without it only before batches. */
  readonly prepareIntervalMs?: number;
}

/**
 * Runs a stateful stage: on assignment it reads the partition's snapshots back and goes on from the committed position;
 * then apply, write what changed, commit. A crash between the last two repeats records that the snapshots include, and
 * their as-of says so.
 */
export function runSnapshots<N extends NodeName, I extends InputOf<N>, O extends OutputOf<N, I>, State, Fact>(
  stage: SnapshotStage<N, I, O, State, Fact>,
  deps: SnapshotDependencies,
): Promise<Running> {
  const startsIdle = deps.prepareIntervalMs !== undefined;
  return runPartitions(stage.node, { ...deps, startsIdle }, (_topic, partition, context) =>
    createSnapshotWork(stage, partition, { ...deps, ...context }),
  );
}
