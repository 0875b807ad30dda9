import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Environment } from './read-config.ts';

const VARIABLES = ['SCHEMA_REGISTRY_CA_FILE', 'REDIS_CA_FILE', 'CLICKHOUSE_CA_FILE', 'DATABASE_CA_FILE'];

/**
 * Makes a short-lived process trust every authority that the environment names, whatever it connects to, beside those the
 * system trusts. Services keep them apart, one for each connection.
 */
export function trustNamedAuthorities(env: Environment): void {
  const files = VARIABLES.flatMap((variable) => env[variable]?.trim() || []);
  if (files.length === 0) return;
  const named = files.map((file) => readFileSync(file, 'utf8'));
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...named]);
}
