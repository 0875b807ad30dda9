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
export function runStage<N extends NodeName, State, Fact>(
  stage: Stage<N, State, Fact>,
  deps: StageDependencies,
): Promise<Running> {
  return runPartitions(stage.node, deps, (_topic, _partition, context) =>
    createStageWork(stage, deps, context),
  );
}

function createStageWork<N extends NodeName, State, Fact>(
  stage: Stage<N, State, Fact>,
  deps: StageDependencies,
  { committer, stopping }: WorkContext,
): PartitionWork {
  const { clock, observer } = deps;

  const handle = async (state: State, { batch, lease }: QueuedBatch) => {
    const { topic, partition, nextOffset } = batch;
    const startedMs = clock.nowMs();
    const retrying = <T>(operation: string, run: () => Promise<T>) =>
      retryWhileOwned(run, {
        clock,
        lease,
        stopping,
        onFailure: (error: StreamError, attempt: number) =>
          observer.retrying({ topic, partition, operation, error, attempt }),
      });
    const { writes, account } = await retrying('process', () =>
      processBatch(stage, state, batch, deps, clock.nowMs()),
    );
    await retrying('write', () => deps.writer.write(writes));
    committer.done(lease, topic, partition, workOn(batch.records, nextOffset, account));
    const durationMs = clock.nowMs() - startedMs;
    observer.processed({ topic, partition, account, nextOffset, durationMs });
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
