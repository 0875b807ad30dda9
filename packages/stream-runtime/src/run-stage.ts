import type { NodeName } from '@fineprint/topology';
import { createCommitter } from './committer.ts';
import type { StreamObserver } from './observer.ts';
import type { PartitionQueue, QueuedBatch } from './partition-queue.ts';
import { createPartitionWorkers } from './partition-workers.ts';
import type { Clock, GroupConsumer, RecordWriter } from './ports.ts';
import { processBatch } from './process-batch.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { LeaseLost, retryWhileOwned } from './retry.ts';
import type { Stage } from './stage.ts';

export interface StageDependencies {
  readonly consumer: GroupConsumer;
  readonly writer: RecordWriter;
  readonly decoder: RecordDecoder;
  readonly encoder: RecordEncoder;
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly maxQueuedRecords: number;
  readonly commitIntervalMs: number;
}

export interface Running {
  /** Finishes the batches under way, commits, leaves the group. */
  stop(): Promise<void>;
  /** Resolves with the error when it cannot go on; the process should end and be restarted. */
  readonly failed: Promise<unknown>;
}

/**
 * Runs a stage: poll, decode, look up, process, write everything (dead letters included), and only then commit.
 * A dependency that is away holds its partition back and is tried again; an unknown error ends the run.
 */
export async function runStage<N extends NodeName, State, Fact>(
  stage: Stage<N, State, Fact>,
  deps: StageDependencies,
): Promise<Running> {
  const { consumer, clock, observer } = deps;
  const committer = createCommitter(consumer, clock, deps.commitIntervalMs, (e) => observer.commitFailed(e));
  let stopping = false;

  const handle = async (state: State, { batch, lease }: QueuedBatch) => {
    const { topic, partition } = batch;
    const startedMs = clock.nowMs();
    const trying = (operation: string) => ({
      clock,
      lease,
      stopping: () => stopping,
      onFailure: (error: Parameters<StreamObserver['retrying']>[0]['error'], attempt: number) =>
        observer.retrying({ topic, partition, operation, error, attempt }),
    });
    const result = await retryWhileOwned(
      () => processBatch(stage, state, batch, deps, clock.nowMs()),
      trying('process'),
    );
    await retryWhileOwned(() => deps.writer.write(result.writes), trying('write'));
    committer.done(lease, topic, partition, batch.nextOffset);
    observer.processed({
      topic,
      partition,
      records: batch.records.length,
      tally: result.tally,
      nextOffset: batch.nextOffset,
      durationMs: clock.nowMs() - startedMs,
    });
  };

  const workers = createPartitionWorkers({
    consumer,
    clock,
    maxQueuedRecords: deps.maxQueuedRecords,
    start: () => ({
      async run(queue: PartitionQueue) {
        const state = stage.createState();
        for (;;) {
          const item = await queue.take(Number.POSITIVE_INFINITY);
          if (item === 'closed') return;
          if (item === 'timeout') continue;
          if (!item.lease.owned()) throw new LeaseLost();
          await handle(state, item);
        }
      },
    }),
  });

  await consumer.start({
    onAssigned(partitions) {
      workers.reassign();
      observer.assigned(partitions);
    },
    onRevoked: () => observer.revoked(),
    async onBatch(batch, lease) {
      observer.fetched(batch.topic, batch.partition, batch.records.length, batch.highWatermark);
      await workers.offer(batch, lease);
    },
  });

  return {
    failed: Promise.race([workers.failed, consumer.crashed]),
    async stop() {
      stopping = true;
      await workers.close();
      await committer.flush();
      await consumer.stop();
    },
  };
}
