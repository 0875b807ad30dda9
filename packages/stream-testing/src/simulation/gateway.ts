import { createSpoolingWriter } from '@fineprint/ingest-gateway/spool';
import {
  type BatchingWriter,
  createBatchingWriter,
  createWriter,
  type OutputRecord,
} from '@fineprint/stream-runtime';
import { createProcess, type SimProcess } from './sim-process.ts';
import { createProducer } from './sim-writer.ts';
import type { World } from './world.ts';

/** The way in over HTTP: real batches and the real failover to a spool, in a process that may die. */
export interface SimGateway {
  /** The process that answers now; null while none does. */
  process(): SimProcess | null;
  /** Resolves once the records are durable in Kafka or on the disk; where the gateway dies, never. */
  accept(records: readonly OutputRecord[]): Promise<void>;
  start(): void;
  kill(): void;
}

const nothing = () => undefined;

export function createGateway(world: World): SimGateway {
  let process: SimProcess | null = null;
  let batching: BatchingWriter | null = null;

  const open = async (self: SimProcess) => {
    const kafka = await createWriter(
      () => createProducer({ process: self, broker: world.remotes.broker, log: world.log }),
      { clock: self.clock, deliveryTimeoutMs: 10_000 },
    );
    const writer = createSpoolingWriter(kafka, world.disk.open(self), {
      failoverMs: 2_000,
      retryMs: 500,
      maxBatchRecords: 5,
      handoverBytes: 400,
      onChange: nothing,
      onRetry: nothing,
      onSpooled: nothing,
      onDrained: nothing,
      onRefused: (error) => world.crashes.push(`gateway: Kafka refused a spooled record: ${error.code}`),
      clock: self.clock,
    });
    if (!self.alive) return;
    batching = createBatchingWriter(writer, {
      lingerMs: 5,
      maxBatchBytes: 1 << 20,
      maxBatchRecords: 20,
      maxQueuedBytes: 1 << 20,
      maxInFlight: 1,
      clock: self.clock,
    });
  };

  const start = () => {
    const self = createProcess(
      'ingest-gateway',
      world.scheduler,
      world.random.fork(`gateway ${world.scheduler.steps}`),
    );
    process = self;
    void open(self);
  };

  return {
    process: () => process,
    start,
    accept(records) {
      if (batching === null) return Promise.reject(new Error('connection refused'));
      return batching.write(records);
    },
    kill() {
      if (process === null) return;
      process.alive = false;
      world.scheduler.note('ingest-gateway is killed');
      world.scheduler.loseRequests(process, () => world.random.chance(0.5));
      process = null;
      batching = null;
      world.scheduler.schedule(world.random.between(50, 5_000), 'start ingest-gateway', start);
    },
  };
}
