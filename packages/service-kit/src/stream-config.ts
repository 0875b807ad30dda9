import { readFileSync } from 'node:fs';
import {
  type ConfigOf,
  kafkaFields,
  kafkaSettings,
  metricsFields,
  type portField,
  registryFields,
  serviceFields,
  tracingFields,
} from '@fineprint/service-config';
import type { KafkaSettings } from '@fineprint/stream-runtime';

/** Settings of every service that begins by the clock. */
export const scheduledFields = { ...serviceFields, ...kafkaFields, ...registryFields, ...metricsFields };

/** Settings of every service that reads topics. */
export const streamFields = { ...scheduledFields, ...tracingFields };

export type ScheduledConfig = ConfigOf<typeof scheduledFields & ReturnType<typeof portField>>;

export type StreamConfig = ConfigOf<typeof streamFields & ReturnType<typeof portField>>;

/** The Kafka client's settings, certificates read and secrets revealed. */
export function kafkaClientSettings(config: ConfigOf<typeof kafkaFields>, service: string): KafkaSettings {
  const settings = kafkaSettings(config, service);
  const { brokers, clientId, compression, ssl, sasl } = settings;
  return {
    brokers,
    clientId,
    compression,
    ...(ssl ? { ssl: tlsOf(settings) } : {}),
    ...(sasl === undefined
      ? {}
      : { sasl: { ...sasl, password: sasl.password.reveal() } as NonNullable<KafkaSettings['sasl']> }),
  };
}

/** Nothing named: the system's authorities, and no certificate of our own. */
function tlsOf(settings: ReturnType<typeof kafkaSettings>): NonNullable<KafkaSettings['ssl']> {
  const { caFile, certificateFile, keyFile, keyPassphrase } = settings;
  return {
    ...(caFile === undefined ? {} : { ca: [readFileSync(caFile, 'utf8')] }),
    ...(certificateFile === undefined ? {} : { cert: readFileSync(certificateFile, 'utf8') }),
    ...(keyFile === undefined ? {} : { key: readFileSync(keyFile, 'utf8') }),
    ...(keyPassphrase === undefined ? {} : { passphrase: keyPassphrase.reveal() }),
  };
}
