import {
  type ConfigOf,
  type ConfigProblem,
  clickhouseFields,
  integer,
  loadConfig,
  loginFields,
  metricsFields,
  milliseconds,
  oidcFields,
  optional,
  portField,
  postgresFields,
  secret,
  serviceFields,
  text,
  withDefault,
} from '@fineprint/service-config';
import { z } from 'zod';

const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, 'is not three capital letters')
  .describe('an ISO 4217 currency code');

export const queryFields = {
  ...serviceFields,
  ...portField(3008),
  ...postgresFields,
  ...clickhouseFields,
  ...metricsFields,
  ...loginFields,
  // Makes the hashes by which the audit log names people; without it entries do not say whom they are about.
  AUDIT_HASH_KEY: optional(secret('a key of your own making, the same for all instances')),
  ...oidcFields,
  // What the scrubber has too: without it requests of people for access and erasure are not taken.
  PII_PSEUDONYM_KEY: optional(secret('at least 16 characters, the same as the scrubber has')),
  // Where job-runner writes archives.
  PRIVACY_ARCHIVE_DIR: withDefault(text('a folder'), '.fineprint/exports/privacy'),
  MAX_CONNECTIONS: withDefault(integer({ min: 1, max: 1_000_000 }), 2_000),
  // What one question may take, and how many may be asked at a time.
  QUERY_TIMEOUT_MS: withDefault(milliseconds(100, 300_000), 10_000),
  MAX_QUERIES: withDefault(integer({ min: 1, max: 1_000, unit: 'queries at a time' }), 32),
  // What one export may take, from its first row to its last, and how many may run at a time. The account's own limit holds too.
  EXPORT_TIMEOUT_MS: withDefault(milliseconds(1_000, 3_600_000), 300_000),
  MAX_EXPORTS: withDefault(integer({ min: 1, max: 1_000, unit: 'exports at a time' }), 4),
  // Memory for windows that were read, and how many days of them are read before anybody asks.
  WINDOW_CACHE_MIB: withDefault(integer({ min: 16, max: 65_536, unit: 'MiB' }), 256),
  WARM_UP_DAYS: withDefault(integer({ min: 0, max: 3_660, unit: 'days' }), 31),
  // How long an answer may still be given after the data have changed, while the new one is made. 0: never.
  ANSWER_STALE_MS: withDefault(milliseconds(0, 60_000), 1_000),
  // Per key and instance.
  RATE_LIMIT_REQUESTS_PER_SECOND: withDefault(integer({ min: 1, max: 1_000_000 }), 500),
  MAX_STREAMS: withDefault(integer({ min: 1, max: 100_000, unit: 'open event streams' }), 200),
  // How often figures of segments are counted again where events came, and in which currency their lifetime value is.
  SEGMENT_REFRESH_MS: withDefault(milliseconds(250, 3_600_000), 15_000),
  SEGMENT_CURRENCY: withDefault(currencyCode, 'USD'),
  API_KEY_REFRESH_MS: withDefault(milliseconds(250, 5_000), 2_000),
  API_KEY_GRACE_SECONDS: withDefault(integer({ min: 5, max: 86_400, unit: 'seconds' }), 900),
  // After SIGTERM: how long /ready says no before connections are refused, so that load balancers notice.
  DRAIN_DELAY_MS: withDefault(milliseconds(0, 60_000), 0),
};

export type QueryConfig = ConfigOf<typeof queryFields>;

export const SERVICE = 'query-api';

export const loadQueryConfig = (): QueryConfig =>
  loadConfig(queryFields, { service: SERVICE, rules: [oidcRule] });

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** An identity provider is configured whole or not at all, and its keys are not read over a wire that others may write to. */
export function oidcRule(config: QueryConfig): ConfigProblem[] {
  const names = ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_JWKS_URL'] as const;
  const missing = names.filter((name) => config[name] === undefined);
  if (missing.length > 0 && missing.length < names.length) {
    const expected = `a value, because ${names.filter((name) => !missing.includes(name)).join(' and ')} is set`;
    return missing.map((variable) => ({ variable, problem: 'is not set', expected }));
  }
  const { OIDC_JWKS_URL: jwks } = config;
  const { protocol = 'https:', hostname = '' } = jwks === undefined ? {} : new URL(jwks);
  if (protocol === 'https:' || LOOPBACK_HOSTS.includes(hostname)) return [];
  return [
    {
      variable: 'OIDC_JWKS_URL',
      problem: 'can be changed on its way',
      expected: 'https:// beyond this machine',
    },
  ];
}
