import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicName } from '@fineprint/topology';
import { type Batch, type EachBatchPayload, PartitionAssigners } from 'kafkajs';
import type { ConsumerHandlers, GroupConsumer, InputRecord, PartitionBatch } from '../ports.ts';
import { trackAssignment } from './assignment.ts';
import type { ConsumerLike, KafkaLike } from './client.ts';
import { gatherCommits } from './gather-commits.ts';
import { laneAssigner } from './lane-assigner.ts';
import { createPositions } from './positions.ts';
import { rejoinStrays } from './rejoin-strays.ts';

export type { ConsumerLike, KafkaLike } from './client.ts';

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly TopicName[];
  /** Without a heartbeat for this long the group takes our partitions away. A broker refuses less than its minimum, 6 s. */
  readonly sessionTimeoutMs?: number;
  readonly maxBytesPerPartition?: number;
  readonly maxBytes?: number;
  /**
   * While all partitions have been read to their ends, fetches are so far apart: every fetch names all partitions, and at a few
   * hundred records a second a fetch for each of them would cost more than the records' own work.
   */
  readonly paceMs?: number;
  /** So many neighbouring partitions of a topic go to the same member. */
  readonly lanePartitions?: number;
  /** A clock that goes on while the process is frozen, and is never set back. */
  readonly monotonicMs?: () => number;
}

/**
 * What a group waits for when a member was killed is its session; 6 s is the least that a broker takes by default. A member
 * learns of a rebalance with its next heartbeat, and the others wait for it that long.
 */
const DEFAULTS = { sessionTimeoutMs: 6_000, maxBytesPerPartition: 1 << 20, maxBytes: 8 << 20 };
const HEARTBEAT_MS = 500;
/**
 * How long the broker may hold a fetch that has nothing to give. Bounds how late a stop or rebalance is noticed; each idle
 * member costs the broker a fetch of all its partitions that often.
 */
const MAX_WAIT_MS = 500;
/** A group forgets a member that does not rejoin within this. Members stop work at once, so it can be short. */
const REBALANCE_TIMEOUT_MS = 6_000;
/** How long a stop waits for a join that is under way: who leaves before it has joined stays in the group as a ghost. */
const JOIN_WAIT_MS = 7_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;
const EARLIEST = '-2';

/** A consumer that can say who it is in its group. */
export interface KafkaGroupConsumer extends GroupConsumer {
  /** Null before the first join, and while the group rebalances. */
  memberId(): string | null;
}

/**
 * kafkajs goes on with batches of partitions it has lost (its issue 1046), and commits them under the new generation if
 * asked. So every batch carries a lease of the generation it was fetched in, and only a standing lease commits.
 */
export function createGroupConsumer(kafka: KafkaLike, options: ConsumerOptions): KafkaGroupConsumer {
  const consumer = makeConsumer(kafka, options);
  const assignment = trackAssignment(
    consumer,
    options.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs,
    options.monotonicMs ?? (() => performance.now()),
  );
  let crash: (error: unknown) => void = () => undefined;
  const crashed = new Promise<unknown>((resolve) => {
    crash = resolve;
  });
  let stopping = false;
  let joining: Promise<void> = Promise.resolve();
  const positions = createPositions(kafka, options.groupId);
  const commits = gatherCommits();
  /** Partitions of ours whose end has not been read. */
  const behind = new Set<string>();
  consumer.on(consumer.events.GROUP_JOIN, () => behind.clear());

  /** The next fetch waits for all handlers of this one, so where any partition is behind nobody waits. */
  const keepPace = async ({ topic, partition, nextOffset, highWatermark }: PartitionBatch) => {
    const place = `${topic}/${partition}`;
    if (nextOffset < highWatermark) behind.add(place);
    else behind.delete(place);
    if (options.paceMs !== undefined && behind.size === 0) await sleep(options.paceMs);
  };

  const eachBatch = (handlers: ConsumerHandlers) => async (payload: EachBatchPayload) => {
    const { topic, partition } = payload.batch;
    const lease = assignment.lease(topic, partition, () =>
      payload.heartbeat().catch((error: unknown) => {
        // kafkajs itself says so only once every handler has ended, and handlers end by their leases.
        if (isGroupChange(error)) assignment.revoke();
        throw error;
      }),
    );
    if (!lease.owned() || stopping) return;
    const batch = toPartitionBatch(payload);
    assignment.hears(topic, partition, payload);
    try {
      await handlers.onBatch(batch, lease);
    } catch (error) {
      if (lease.owned()) crash(error);
      return;
    }
    if (lease.owned() && !payload.isStale()) payload.resolveOffset(String(batch.nextOffset - 1));
    await keepPace(batch);
  };

  const run = (handlers: ConsumerHandlers): Promise<void> => {
    joining = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: MAX_CONCURRENT_PARTITIONS,
      eachBatch: eachBatch(handlers),
    });
    return joining;
  };

  /** Kafka may be away at the start. False: stopped before it was there. */
  const subscribe = async (): Promise<boolean> => {
    for (let retryMs = FIRST_RETRY_MS; !stopping; retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs)) {
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
        return true;
      } catch (error) {
        kafka.logger().warn('cannot subscribe yet', { error: String(error), retryMs });
        await sleep(retryMs);
      }
    }
    return false;
  };

  return {
    crashed,
    async start(handlers) {
      assignment.onChange(handlers);
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (payload.restart) return;
        if (!isCoordinatorAway(payload.error)) return crash(payload.error);
        // kafkajs begins anew after most failures to connect, but takes this one for final.
        subscribe()
          .then((subscribed) => (subscribed && !stopping ? run(handlers) : undefined))
          .catch(crash);
      });
      if (!(await subscribe())) return;
      rejoinStrays(consumer, {
        sessionTimeoutMs: options.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs,
        async rejoin() {
          if (stopping) return;
          kafka
            .logger()
            .warn('fetches, but has no place in its group: joining anew', { groupId: options.groupId });
          assignment.revoke(); // first, so that handlers end
          await consumer.stop();
          if (!stopping) await run(handlers);
        },
        onError: crash,
      });
      await run(handlers);
    },
    memberId: assignment.memberId,
    async commit(lease, topic, partition, nextOffset) {
      if (!lease.owned()) return false;
      const commit = assignment.committerOf(topic, partition);
      if (commit === undefined)
        throw new Error(`no batch of ${topic}/${partition} has come in this generation`);
      await commits.add({ topic, partition, offset: String(nextOffset) }, commit);
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
      await Promise.race([joining.catch(() => undefined), sleep(JOIN_WAIT_MS, undefined, { ref: false })]);
      await Promise.all([consumer.disconnect(), positions.close()]);
    },
  };
}

/** Answers to a heartbeat after which nothing of this generation counts any more. */
const GROUP_CHANGES = ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID'];
const isGroupChange = (error: unknown): boolean =>
  GROUP_CHANGES.includes(String((error as { type?: unknown }).type));

/** Kafka is going away, or just coming: it does not know who coordinates the group. */
function isCoordinatorAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'KafkaJSGroupCoordinatorNotFound' || isCoordinatorAway(error.cause);
}

/** Batches of different partitions are handed over side by side; a handler's own queues bound the work. */
const MAX_CONCURRENT_PARTITIONS = 64;

function makeConsumer(kafka: KafkaLike, options: ConsumerOptions): ConsumerLike {
  const sessionTimeout = options.sessionTimeoutMs ?? DEFAULTS.sessionTimeoutMs;
  return kafka.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, sessionTimeout),
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: options.maxBytesPerPartition ?? DEFAULTS.maxBytesPerPartition,
    maxBytes: options.maxBytes ?? DEFAULTS.maxBytes,
    partitionAssigners: [
      ...(options.lanePartitions === undefined ? [] : [laneAssigner(options.lanePartitions)]),
      PartitionAssigners.roundRobin,
    ],
    retry: {
      initialRetryTime: 100,
      maxRetryTime: 2_000,
      retries: 20,
      restartOnFailure: () => Promise.resolve(true),
    },
  });
}

/** A fetched batch's records: our patch of kafkajs makes them as we want them (fetchedRecord.js), which its types do not know. */
export const toInputRecords = (batch: Batch): readonly InputRecord[] =>
  batch.messages as unknown as readonly InputRecord[];

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
