import { integer, optional, readConfig } from '@fineprint/service-config';
import type { ProviderName } from '@fineprint/stack';
import type { TopicSettings } from '@fineprint/topology';
import { retentionPolicy } from './retention/retention-policy.ts';

const LOCAL_REPLICAS = 1;
const CLUSTER_REPLICAS = 3;

const fields = {
  KAFKA_REPLICATION_FACTOR: optional(integer({ min: 1, max: 9, unit: 'replicas' })),
};

/** One broker of our own keeps one copy; somebody's cluster three, unless told otherwise. */
export function topicSettings(
  provider: ProviderName,
  env: Readonly<Record<string, string | undefined>> = process.env,
): TopicSettings {
  const config = readConfig(fields, env, { service: 'fineprint' });
  const { rawRetentionHours, topicHours } = retentionPolicy(env);
  const usual = provider === 'external' ? CLUSTER_REPLICAS : LOCAL_REPLICAS;
  return { replicationFactor: config.KAFKA_REPLICATION_FACTOR ?? usual, rawRetentionHours, topicHours };
}
