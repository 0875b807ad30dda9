import type { Stack } from '@fineprint/stack';
import type { KafkaConnection } from '@fineprint/stream-runtime';

/** A connection with the settings that services read too: brokers from the stack, TLS and SASL from the environment. */
export async function connectToKafka(stack: Stack): Promise<KafkaConnection> {
  const { kafkaFields, kafkaRule, readConfig } = await import('@fineprint/service-config');
  const { kafkaClientSettings } = await import('@fineprint/service-kit');
  const { connectKafka } = await import('@fineprint/stream-runtime');
  const env = { ...process.env, ...stack.env };
  const config = readConfig(kafkaFields, env, { service: 'fineprint', rules: [kafkaRule] });
  const quiet = () => undefined; // what fails comes back as an error
  return connectKafka(kafkaClientSettings(config, 'fineprint-cli'), quiet);
}
