import type { TopicName } from '@fineprint/topology';
import type { Admin, Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { StreamError } from '../errors.ts';
import type { ConsumerHandlers, GroupConsumer, InputRecord, Lease, PartitionBatch } from '../ports.ts';

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly TopicName[];
  /** Without a heartbeat for this long the group takes our partitions away. */
  readonly sessionTimeoutMs?: number;
  readonly maxBytesPerPartition?: number;
  readonly maxBytes?: number;
}

const DEFAULTS = { sessionTimeoutMs: 10_000, maxBytesPerPartition: 4 << 20, maxBytes: 16 << 20 };
/** How long the broker may hold a fetch that has nothing to give. Bounds how late a stop or rebalance is noticed. */
const MAX_WAIT_MS = 250;
/** A group forgets a member that does not rejoin within this. Members stop work at once, so it can be short. */
const REBALANCE_TIMEOUT_MS = 10_000;
const EARLIEST = '-2';

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

/**
 * kafkajs goes on with batches of partitions it has lost (its issue 1046), and commits them under the new generation if
 * asked. So every batch carries a lease of the generation it was fetched in, and only a standing lease commits.
 */
export function createGroupConsumer(kafka: Kafka, options: ConsumerOptions): GroupConsumer {
  const consumer = makeConsumer(kafka, options);
  const assignment = trackAssignment(consumer, options.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs);
  let crash: (error: unknown) => void = () => undefined;
  const crashed = new Promise<unknown>((resolve) => {
    crash = resolve;
  });
  let stopping = false;
  const positions = createPositions(kafka, options.groupId);

  const eachBatch = (handlers: ConsumerHandlers) => async (payload: EachBatchPayload) => {
    const { topic, partition } = payload.batch;
    const lease = assignment.lease(topic, partition, payload.heartbeat);
    if (!lease.owned() || stopping) return;
    const batch = toPartitionBatch(payload);
    try {
      await handlers.onBatch(batch, lease);
    } catch (error) {
      if (lease.owned()) crash(error);
      return;
    }
    if (lease.owned() && !payload.isStale()) payload.resolveOffset(String(batch.nextOffset - 1));
  };

  return {
    crashed,
    async start(handlers) {
      assignment.onChange(handlers);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) crash(payload.error);
      });
      await consumer.connect();
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: MAX_CONCURRENT_PARTITIONS,
        eachBatch: eachBatch(handlers),
      });
    },
    async commit(lease, topic, partition, nextOffset) {
      if (!lease.owned()) return false;
      await consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }]);
      return true;
    },
    committed: positions.committed,
    seek(topic, partition, offset) {
      consumer.seek({ topic, partition, offset: offset === 'earliest' ? EARLIEST : String(offset) });
    },
    pause(topic, partition) {
      consumer.pause([{ topic, partitions: [partition] }]);
    },
    resume(topic, partition) {
      consumer.resume([{ topic, partitions: [partition] }]);
    },
    async stop() {
      stopping = true;
      assignment.revoke();
      await Promise.all([consumer.disconnect(), positions.close()]);
    },
  };
}

/** What the group has committed, by a connection that is made when it is first asked for. */
function createPositions(kafka: Kafka, groupId: string) {
  let connecting: Promise<Admin> | undefined;
  const connect = async () => {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  };
  return {
    async committed(topic: TopicName, partition: number): Promise<number | null> {
      try {
        connecting ??= connect();
        const [answer] = await (await connecting).fetchOffsets({ groupId, topics: [topic] });
        const offset = Number(answer?.partitions.find((p) => p.partition === partition)?.offset ?? -1);
        return offset < 0 ? null : offset;
      } catch (error) {
        connecting = undefined;
        const detail = error instanceof Error ? error.message : String(error);
        throw new StreamError(
          'unavailable',
          `the position in ${topic}/${partition} is not known: ${detail}`,
          {
            cause: error,
            retriable: true,
          },
        );
      }
    },
    async close() {
      const admin = await connecting?.catch(() => undefined);
      await admin?.disconnect();
    },
  };
}

/** Batches of different partitions are handed over side by side; a handler's own queues bound the work. */
const MAX_CONCURRENT_PARTITIONS = 64;

function makeConsumer(kafka: Kafka, options: ConsumerOptions): Consumer {
  const sessionTimeout = options.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs;
  return kafka.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout,
    heartbeatInterval: Math.floor(sessionTimeout / 5),
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, sessionTimeout),
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: options.maxBytesPerPartition ?? DEFAULTS.maxBytesPerPartition,
    maxBytes: options.maxBytes ?? DEFAULTS.maxBytes,
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 2_000,
      retries: 20,
      restartOnFailure: () => Promise.resolve(true),
    },
  });
}

/** Which partitions are ours in which generation. While the group rebalances, none is. */
function trackAssignment(consumer: Consumer, sessionTimeoutMs: number) {
  let generation = 0;
  let heardAtMs = 0;
  let owned = new Set<string>();
  let listener: Pick<ConsumerHandlers, 'onAssigned' | 'onRevoked'> | undefined;

  const revoke = () => {
    generation++;
    owned = new Set();
    listener?.onRevoked();
  };
  consumer.on(consumer.events.REBALANCING, revoke);
  consumer.on(consumer.events.CRASH, revoke);
  consumer.on(consumer.events.HEARTBEAT, () => {
    heardAtMs = performance.now();
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    generation++;
    heardAtMs = performance.now();
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic: topic as TopicName, partition })),
    );
    owned = new Set(partitions.map((p) => keyOf(p.topic, p.partition)));
    // The client sends heartbeats by itself between its calls.
    listener?.onAssigned(partitions, (topic, partition) =>
      leaseFor(topic, partition, () => Promise.resolve()),
    );
  });

  const leaseFor = (topic: string, partition: number, heartbeat: () => Promise<void>): Lease => {
    const taken = generation;
    const key = keyOf(topic, partition);
    return {
      owned: () => taken === generation && owned.has(key),
      // The clock goes on while a process is frozen, so this is false on waking up.
      fresh: () => performance.now() - heardAtMs < sessionTimeoutMs,
      heartbeat,
    };
  };

  return {
    revoke,
    lease: leaseFor,
    onChange(handlers: NonNullable<typeof listener>) {
      listener = handlers;
    },
  };
}

/** A fetched batch's records, in our words. */
export function toInputRecords(batch: Batch): InputRecord[] {
  return batch.messages.map((message) => ({
    offset: Number(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
  }));
}

function toPartitionBatch({ batch }: EachBatchPayload): PartitionBatch {
  const records = toInputRecords(batch);
  const last = records.at(-1);
  return {
    topic: batch.topic as TopicName,
    partition: batch.partition,
    records,
    nextOffset: (last?.offset ?? Number(batch.firstOffset() ?? 0) - 1) + 1,
    highWatermark: Number(batch.highWatermark),
  };
}
