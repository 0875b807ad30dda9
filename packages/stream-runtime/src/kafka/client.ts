import type { Admin, Consumer, ConsumerConfig, Kafka } from 'kafkajs';

/** The part of a kafkajs consumer that is used. */
export type ConsumerLike = Pick<
  Consumer,
  'connect' | 'subscribe' | 'run' | 'stop' | 'on' | 'events' | 'seek' | 'pause' | 'resume' | 'disconnect'
>;
export type AdminLike = Pick<Admin, 'connect' | 'fetchOffsets' | 'disconnect'>;

/** The part of a kafkajs client that a group consumer uses. */
export interface KafkaLike {
  consumer(config: ConsumerConfig): ConsumerLike;
  admin(): AdminLike;
  logger(): Pick<ReturnType<Kafka['logger']>, 'warn'>;
}
