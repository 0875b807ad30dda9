import { readFileSync } from 'node:fs';
import {
  type ConfigOf,
  kafkaFields,
  kafkaSettings,
  type portField,
  registryFields,
  serviceFields,
} from '@fineprint/service-config';
import type { KafkaSettings } from '@fineprint/stream-runtime';

/** Settings of every service that reads topics. */
export const streamFields = { ...serviceFields, ...kafkaFields, ...registryFields };

export type StreamConfig = ConfigOf<typeof streamFields & ReturnType<typeof portField>>;

/** The Kafka client's settings, certificate read and secrets revealed. */
export function kafkaClientSettings(config: ConfigOf<typeof kafkaFields>, service: string): KafkaSettings {
  const { brokers, clientId, ssl, caFile, sasl } = kafkaSettings(config, service);
  return {
    brokers,
    clientId,
    ...(ssl ? { ssl: caFile === undefined ? true : { ca: [readFileSync(caFile, 'utf8')] } } : {}),
    ...(sasl === undefined
      ? {}
      : { sasl: { ...sasl, password: sasl.password.reveal() } as NonNullable<KafkaSettings['sasl']> }),
  };
}
