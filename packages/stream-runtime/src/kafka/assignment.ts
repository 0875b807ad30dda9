import type { TopicName } from '@fineprint/topology';
import type { Consumer } from 'kafkajs';
import type { ConsumerHandlers, Lease } from '../ports.ts';

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

/** Which partitions are ours in which generation. While the group rebalances, none is. */
export function trackAssignment(consumer: Consumer, sessionTimeoutMs: number) {
  let generation = 0;
  let heardAtMs = 0;
  let memberId: string | null = null;
  let owned = new Set<string>();
  let listener: Pick<ConsumerHandlers, 'onAssigned' | 'onRevoked'> | undefined;

  const revoke = () => {
    generation++;
    memberId = null;
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
    memberId = payload.memberId;
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
    memberId: () => memberId,
    lease: leaseFor,
    onChange(handlers: NonNullable<typeof listener>) {
      listener = handlers;
    },
  };
}
