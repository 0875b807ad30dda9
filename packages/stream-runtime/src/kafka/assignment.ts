import type { TopicName } from '@fineprint/topology';
import type { EachBatchPayload } from 'kafkajs';
import type { ConsumerHandlers, Lease } from '../ports.ts';
import type { ConsumerLike } from './client.ts';

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

/** Which partitions are ours in which generation. While the group rebalances, none is. */
export function trackAssignment(consumer: ConsumerLike, sessionTimeoutMs: number, monotonicMs: () => number) {
  let generation = 0;
  let heardAtMs = 0;
  let memberId: string | null = null;
  let owned = new Set<string>();
  /** By partition, of this generation. */
  let committers = new Map<string, EachBatchPayload['commitOffsetsIfNecessary']>();
  let listener: Pick<ConsumerHandlers, 'onAssigned' | 'onRevoked'> | undefined;

  const revoke = () => {
    generation++;
    memberId = null;
    owned = new Set();
    committers = new Map();
    listener?.onRevoked();
  };
  consumer.on(consumer.events.REBALANCING, revoke);
  consumer.on(consumer.events.CRASH, revoke);
  consumer.on(consumer.events.HEARTBEAT, () => {
    heardAtMs = monotonicMs();
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    generation++;
    heardAtMs = monotonicMs();
    memberId = payload.memberId;
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic: topic as TopicName, partition })),
    );
    owned = new Set(partitions.map((p) => keyOf(p.topic, p.partition)));
    committers = new Map();
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
      fresh: () => monotonicMs() - heardAtMs < sessionTimeoutMs,
      heartbeat,
    };
  };

  return {
    revoke,
    memberId: () => memberId,
    /**
     * kafkajs' own `consumer.commitOffsets` tries again by itself, and then as the member that it is by then: an old position
     * would be committed over the one of whoever has the partition now. A batch's commit is one try, as of the call.
     */
    hears(topic: string, partition: number, { commitOffsetsIfNecessary }: EachBatchPayload) {
      committers.set(keyOf(topic, partition), commitOffsetsIfNecessary);
    },
    committerOf: (topic: string, partition: number) => committers.get(keyOf(topic, partition)),
    lease: leaseFor,
    onChange(handlers: NonNullable<typeof listener>) {
      listener = handlers;
    },
  };
}
