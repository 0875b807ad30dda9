import type { NodeName } from '@fineprint/topology';
import type { StreamError } from './errors.ts';
import { workOn } from './ledger.ts';
import type { QueuedBatch } from './partition-queue.ts';
import type { PartitionWork } from './partition-workers.ts';
import { processBatch } from './process-batch.ts';
import type { RecordDecoder } from './record-decoder.ts';
import { LeaseLost, retryWhileOwned } from './retry.ts';
import {
  type PartitionsDependencies,
  type Running,
  runPartitions,
  type WorkContext,
} from './run-partitions.ts';
import type { Stage } from './stage.ts';

export interface StageDependencies extends PartitionsDependencies {
  readonly decoder: RecordDecoder;
}

/**
 * Runs a stage: poll, decode, look up, process, write everything (dead letters included), and only then commit.
 * A dependency that is away holds its partition back and is tried again; an unknown error ends the run.
 */
export function runStage<N extends NodeName, State, Fact, Glance>(
  stage: Stage<N, State, Fact, Glance>,
  deps: StageDependencies,
): Promise<Running> {
  return runPartitions(stage.node, deps, (_topic, _partition, context) =>
    createStageWork(stage, deps, context),
  );
}

/** How long what was looked up may be relied on until it is written. */
export const FACTS_HOLD_MS = 2_000;
const MAX_LOOKS = 3;

function createStageWork<N extends NodeName, State, Fact, Glance>(
  stage: Stage<N, State, Fact, Glance>,
  deps: StageDependencies,
  { committer, stopping }: WorkContext,
): PartitionWork {
  const { clock, observer } = deps;

  const handle = async (state: State, { batch, lease }: QueuedBatch) => {
    const { topic, partition, nextOffset } = batch;
    const startedMs = clock.nowMs();
    /** A process that was frozen in between looks again; one that is slow every time must get on. */
    const freshly = async () => {
      for (let tries = 1; ; tries++) {
        const beganMs = clock.nowMs();
        const result = await processBatch(stage, state, batch, deps, beganMs);
        const tookMs = clock.nowMs() - beganMs;
        if ((tookMs >= 0 && tookMs < FACTS_HOLD_MS) || tries === MAX_LOOKS) return result;
        if (!lease.owned()) throw new LeaseLost();
      }
    };
    const retrying = <T>(operation: string, run: () => Promise<T>) =>
      retryWhileOwned(run, {
        clock,
        lease,
        stopping,
        onFailure: (error: StreamError, attempt: number) =>
          observer.retrying({ topic, partition, operation, error, attempt }),
      });
    // Processed anew for each try: what was looked up for a write that was given up need not hold any more.
    const { account } = await retrying('process and write', async () => {
      const result = await freshly();
      await deps.writer.write(result.writes);
      return result;
    });
    const work = workOn(batch.records, nextOffset, account);
    committer.done(lease, topic, partition, work);
    const durationMs = clock.nowMs() - startedMs;
    observer.processed({ topic, partition, account, nextOffset, traced: work.traced, durationMs });
  };

  return {
    async run(queue) {
      const state = stage.createState();
      for (;;) {
        const item = await queue.take(Number.POSITIVE_INFINITY);
        if (item === 'closed') return;
        if (item === 'timeout') continue;
        if (!item.lease.owned()) throw new LeaseLost();
        await handle(state, item);
      }
    },
  };
}
