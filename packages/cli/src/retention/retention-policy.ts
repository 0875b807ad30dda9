import { type RetentionPolicy, resolvePolicy, retentionRule } from '@fineprint/retention';
import { readConfig, retentionFields } from '@fineprint/service-config';

/** What is kept for how long, by the same settings as the services have. Throws with everything that is wrong in them. */
export function retentionPolicy(
  env: Readonly<Record<string, string | undefined>> = process.env,
): RetentionPolicy & { readonly rawRetentionHours: number } {
  const config = readConfig(retentionFields, env, { service: 'fineprint', rules: [retentionRule] });
  return { ...resolvePolicy(config).policy, rawRetentionHours: config.RAW_RETENTION_HOURS };
}
