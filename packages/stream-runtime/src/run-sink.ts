import { type InputOf, type NodeName, nodes } from '@fineprint/topology';
import { createCommitter } from './committer.ts';
import type { StreamObserver } from './observer.ts';
import { createPartitionWorkers } from './partition-workers.ts';
import type { Clock, GroupConsumer, RecordWriter } from './ports.ts';
import type { RecordEncoder } from './record-encoder.ts';
import type { Running } from './run-stage.ts';
import type { Sink } from './sink.ts';
import type { SinkLimits } from './sink-buffer.ts';
import { createSinkWork } from './sink-work.ts';

export interface SinkDependencies {
  readonly consumer: GroupConsumer;
  /** For dead letters. */
  readonly writer: RecordWriter;
  readonly encoder: RecordEncoder;
  readonly clock: Clock;
  readonly observer: StreamObserver;
  readonly limits: SinkLimits;
  readonly maxQueuedRecords: number;
  readonly commitIntervalMs: number;
}

/**
 * Runs a sink: buffers by size and age, writes blocks, and trusts the store's own word on where it stands. The group's
 * offset is committed for others to see the lag; on assignment the store's position decides.
 */
export async function runSink<N extends NodeName>(sink: Sink<N>, deps: SinkDependencies): Promise<Running> {
  const { consumer, clock, observer } = deps;
  const committer = createCommitter(consumer, clock, deps.commitIntervalMs, (e) => observer.commitFailed(e));
  let stopping = false;
  const workers = createPartitionWorkers({
    consumer,
    clock,
    maxQueuedRecords: deps.maxQueuedRecords,
    start: (topic, partition) =>
      createSinkWork(sink, topic as InputOf<N>, partition, {
        ...deps,
        committer,
        deadLetterTopic: nodes[sink.node].deadLetter,
        stopping: () => stopping,
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
