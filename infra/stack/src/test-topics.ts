import { type Admin, Kafka, logLevel } from 'kafkajs';

/** For tests: topics as nobody should make them. */
async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export const createTopic = (brokers: string, topic: string, numPartitions: number) =>
  withAdmin(brokers, (admin) =>
    admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions, replicationFactor: 1 }] }),
  );

export const deleteTopic = (brokers: string, topic: string) =>
  withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));

/** Where a group without members goes on, be it beyond the topic's end. */
export const setOffset = (brokers: string, groupId: string, topic: string, offset: number) =>
  withAdmin(brokers, (admin) =>
    admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: String(offset) }] }),
  );
