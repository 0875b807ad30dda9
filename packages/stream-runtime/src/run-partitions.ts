import type { NodeName, TopicName } from '@fineprint/topology';
import { type Committer, createCommitter } from './committer.ts';
import { createLedgerWriter } from './ledger.ts';
import type { StreamObserver } from './observer.ts';
import { createPartitionWorkers, type PartitionWork } from './partition-workers.ts';
import type { Clock, GroupConsumer, Lease, RecordWriter } from './ports.ts';
import type { RecordEncoder } from './record-encoder.ts';

export interface PartitionsDependencies {
  readonly consumer: GroupConsumer;
  readonly clock: Clock;
  readonly observer: StreamObserver;
  /** Bytes waiting in a partition beyond which its fetching is paused; one fetch may come on top. */
  readonly maxQueuedBytes: number;
  readonly commitIntervalMs: number;
  /** For dead letters, notes, the ledger, and whatever else the stage publishes. */
  readonly writer: RecordWriter;
  readonly encoder: RecordEncoder;
  /** Names this process in the ledger; no two that live at any time may share it. */
  readonly instance: string;
  /** Work on a partition starts with its assignment, not with its first batch. */
  readonly startsIdle?: boolean;
}

/** What a partition's work is given by the shell. */
export interface WorkContext {
  /** Stands for the generation in which the work began. */
  readonly lease: Lease;
  readonly committer: Committer;
  /** True once the process wants to stop. */
  readonly stopping: () => boolean;
}

export interface Running {
  /** Finishes the batches under way, commits, leaves the group. */
  stop(): Promise<void>;
  /** Resolves with the error when it cannot go on; the process should end and be restarted. */
  readonly failed: Promise<unknown>;
}

/** Joins the group and gives each partition to a worker of its own, for as long as the partition is ours. */
export async function runPartitions(
  node: NodeName,
  deps: PartitionsDependencies,
  start: (topic: TopicName, partition: number, context: WorkContext) => PartitionWork,
): Promise<Running> {
  const { consumer, clock, observer } = deps;
  const committer = createCommitter({
    consumer,
    clock,
    ledger: createLedgerWriter(node, 'account', deps),
    intervalMs: deps.commitIntervalMs,
    onError: (error) => observer.commitFailed(error),
  });
  let stopping = false;
  const workers = createPartitionWorkers({
    consumer,
    clock,
    maxQueuedBytes: deps.maxQueuedBytes,
    start: (topic, partition, lease) =>
      start(topic, partition, { lease, committer, stopping: () => stopping }),
  });

  await consumer.start({
    onAssigned(partitions, leaseOf) {
      workers.reassign();
      observer.assigned(partitions);
      if (!deps.startsIdle) return;
      for (const { topic, partition } of partitions)
        workers.begin(topic, partition, leaseOf(topic, partition));
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
