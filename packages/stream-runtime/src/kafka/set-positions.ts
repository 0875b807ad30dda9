import type { Kafka } from 'kafkajs';

/** Where a group is to go on. */
export interface NewPosition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Positions of groups without members, all of them or none: a transaction takes offsets for any group, and kafkajs's own way joins
 * the group once for each topic.
 */
export async function setPositions(kafka: Kafka, positions: readonly NewPosition[]): Promise<void> {
  const producer = kafka.producer({
    transactionalId: 'fineprint.positions',
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    const transaction = await producer.transaction();
    try {
      for (const [consumerGroupId, own] of Map.groupBy(positions, (p) => p.group)) {
        const topics = [...Map.groupBy(own, (p) => p.topic)].map(([topic, places]) => ({
          topic,
          partitions: places.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
        }));
        await transaction.sendOffsets({ consumerGroupId, topics });
      }
      await transaction.commit();
    } catch (error) {
      await transaction.abort();
      throw error;
    }
  } finally {
    await producer.disconnect();
  }
}
