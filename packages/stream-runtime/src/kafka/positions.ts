import type { TopicName } from '@fineprint/topology';
import { StreamError } from '../errors.ts';
import type { AdminLike, KafkaLike } from './client.ts';

/** What the group has committed, by a connection that is made when it is first asked for. */
export function createPositions(kafka: KafkaLike, groupId: string) {
  let connecting: Promise<AdminLike> | undefined;
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
          'kafka_unavailable',
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
