import { resolvePolicy, retentionRule } from '@fineprint/retention';
import { integer, optional, readConfig, retentionFields } from '@fineprint/service-config';
import type { ProviderName } from '@fineprint/stack';
import type { TopicSettings } from '@fineprint/topology';

const LOCAL_REPLICAS = 1;
const CLUSTER_REPLICAS = 3;

const fields = {
  ...retentionFields,
  KAFKA_REPLICATION_FACTOR: optional(integer({ min: 1, max: 9, unit: 'replicas' })),
};

/** One broker of our own keeps one copy; somebody's cluster three, unless told otherwise. */
export function topicSettings(
  provider: ProviderName,
  env: Readonly<Record<string, string | undefined>> = process.env,
): TopicSettings {
  const config = readConfig(fields, env, { service: 'fineprint', rules: [retentionRule] });
  const usual = provider === 'external' ? CLUSTER_REPLICAS : LOCAL_REPLICAS;
  return {
    replicationFactor: config.KAFKA_REPLICATION_FACTOR ?? usual,
    rawRetentionHours: config.RAW_RETENTION_HOURS,
    topicHours: resolvePolicy(config).policy.topicHours,
  };
}
