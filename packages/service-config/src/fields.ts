import type { ConfigProblem } from './config-error.ts';
import type { ConfigOf } from './read-config.ts';
import type { Secret } from './secret.ts';
import {
  clickhouseTransportFields,
  kafkaTransportFields,
  postgresTransportFields,
  redisTransportFields,
  registryTransportFields,
  transportFields,
} from './transport-fields.ts';
import {
  boolean,
  identifier,
  integer,
  list,
  networks,
  oneOf,
  optional,
  secret,
  secretUrl,
  text,
  url,
  withDefault,
} from './types.ts';

/** Where a service listens and how much it says. */
export const serviceFields = {
  HOST: withDefault(text('an address to listen on'), '127.0.0.1'),
  // Asked for by /metrics and by what /ready and /health tell of the inside. Without it they are open on loopback and shut elsewhere.
  ADMIN_TOKEN: optional(secret('a token of your own making')),
  LOG_LEVEL: withDefault(oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  ...transportFields,
};

/** The port a service listens on; 0 lets the system choose. */
export function portField(defaultPort: number) {
  return { PORT: withDefault(integer({ min: 0, max: 65_535 }), defaultPort) };
}

export const kafkaFields = {
  KAFKA_BROKERS: list('host:port of the brokers, comma-separated'),
  KAFKA_CLIENT_ID: optional(text('the name the brokers see')),
  KAFKA_CLUSTER_ID: optional(
    text('the id of the cluster that is meant; another one is never read or written'),
  ),
  ...kafkaTransportFields,
  KAFKA_SASL_MECHANISM: optional(oneOf(['plain', 'scram-sha-256', 'scram-sha-512'])),
  KAFKA_SASL_USERNAME: optional(text('a user name')),
  KAFKA_SASL_PASSWORD: optional(secret('a password')),
};

/** What a Kafka client needs; files are paths, read by the client's shell. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl: boolean;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
  readonly keyPassphrase?: Secret;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Secret;
  };
}

/** Rule: SASL is either all there or not at all. */
export function kafkaRule(config: ConfigOf<typeof kafkaFields>): ConfigProblem[] {
  if (config.KAFKA_SASL_MECHANISM === undefined) return [];
  const needed = { KAFKA_SASL_USERNAME: 'a user name', KAFKA_SASL_PASSWORD: 'a password' } as const;
  return Object.entries(needed)
    .filter(([variable]) => config[variable as keyof typeof needed] === undefined)
    .map(([variable, expected]) => ({
      variable,
      problem: 'is not set',
      expected: `${expected}, because KAFKA_SASL_MECHANISM is set`,
    }));
}

export function kafkaSettings(config: ConfigOf<typeof kafkaFields>, service: string): KafkaSettings {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = config;
  const password = config.KAFKA_SASL_PASSWORD;
  const { KAFKA_SSL_CA_FILE: caFile, KAFKA_SSL_CERT_FILE: certificateFile } = config;
  const { KAFKA_SSL_KEY_FILE: keyFile, KAFKA_SSL_KEY_PASSPHRASE: keyPassphrase } = config;
  return {
    brokers: config.KAFKA_BROKERS,
    clientId: config.KAFKA_CLIENT_ID ?? service,
    ssl: config.KAFKA_SSL,
    ...(caFile === undefined ? {} : { caFile }),
    ...(certificateFile === undefined ? {} : { certificateFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
    ...(mechanism !== undefined && username !== undefined && password !== undefined
      ? { sasl: { mechanism, username, password } }
      : {}),
  };
}

export const registryFields = {
  SCHEMA_REGISTRY_URL: url(['http:', 'https:']),
  ...registryTransportFields,
};
export const redisFields = { REDIS_URL: secretUrl(['redis:', 'rediss:']), ...redisTransportFields };
export const postgresFields = {
  DATABASE_URL: secretUrl(['postgres:', 'postgresql:']),
  ...postgresTransportFields,
};

export const clickhouseFields = {
  CLICKHOUSE_HOST: text('a host name, or a URL with http:// or https://'),
  CLICKHOUSE_PORT: optional(integer({ min: 1, max: 65_535 })),
  CLICKHOUSE_USERNAME: withDefault(text('a user name'), 'default'),
  CLICKHOUSE_PASSWORD: optional(secret('a password')),
  CLICKHOUSE_DATABASE: withDefault(text('a database name'), 'fineprint'),
  ...clickhouseTransportFields,
};

/** The product's privacy switches. */
export const privacyFields = {
  ENABLE_PII_DETECTION: withDefault(boolean(), true),
  // Pseudonyms in place of people's ids.
  ENABLE_DATA_ANONYMIZATION: withDefault(boolean(), true),
  DATA_RETENTION_DAYS: withDefault(integer({ min: 1, max: 36_500, unit: 'days' }), 365),
  RAW_RETENTION_HOURS: withDefault(integer({ min: 1, max: 8_760, unit: 'hours' }), 72),
  // Which law's defaults hold for who never said anything; with neither, nobody has to be asked.
  GDPR_COMPLIANT: withDefault(boolean(), true),
  CCPA_COMPLIANT: withDefault(boolean(), true),
};

/** Whoever takes keys: how many wrong ones, and whose they are. */
export const loginFields = {
  // Per client address and instance; known keys pass all the same.
  LOGIN_FAILURES_PER_MINUTE: withDefault(integer({ min: 1, max: 1_000_000 }), 300),
  // Proxies whose X-Forwarded-For is believed.
  TRUSTED_PROXIES: withDefault(networks(), ['127.0.0.0/8', '::1']),
};

/** How long what is kept; `retentionRule` of @fineprint/retention checks them together. */
export const retentionFields = {
  DATA_RETENTION_DAYS: privacyFields.DATA_RETENTION_DAYS,
  RAW_RETENTION_HOURS: privacyFields.RAW_RETENTION_HOURS,
  RETENTION_OVERRIDES: optional(
    text('limits of data sets and topics, as in ai_requests=90d,product.events.clean=720h'),
  ),
  RETENTION_HOLDS: optional(list('names of data sets that are kept whatever their age, comma-separated')),
};

/** An identity provider whose tokens are taken beside API keys; off unless the first three are set. */
export const oidcFields = {
  OIDC_ISSUER: optional(text('the `iss` of its tokens, exactly')),
  OIDC_AUDIENCE: optional(text('the `aud` that is this service')),
  OIDC_JWKS_URL: optional(url(['https:', 'http:'])),
  OIDC_ROLE_CLAIM: withDefault(
    text('the claim with the role, or a list that holds it; dots go into objects'),
    'roles',
  ),
};

export const metricsFields = {
  ENABLE_METRICS: withDefault(boolean(), true),
  METRICS_INTERVAL: withDefault(integer({ min: 1_000, max: 86_400_000, unit: 'milliseconds' }), 60_000),
};

/** Records per batch. */
export const batchFields = {
  BATCH_SIZE: withDefault(integer({ min: 1, max: 100_000, unit: 'records' }), 1_000),
};

/** How far an event's own time may be from its arrival; outside, the time of arrival counts. Gateway and scrubber agree. */
export const eventTimeFields = {
  MAX_EVENT_AGE_DAYS: withDefault(integer({ min: 1, max: 36_500, unit: 'days' }), 3_650),
  MAX_EVENT_FUTURE_HOURS: withDefault(integer({ min: 0, max: 8_760, unit: 'hours' }), 24),
};

/** A Snowflake account. Without SNOWFLAKE_ACCOUNT there is none. */
export const snowflakeFields = {
  SNOWFLAKE_ACCOUNT: text('an account identifier, as in <account>.snowflakecomputing.com'),
  SNOWFLAKE_USERNAME: text('a user name'),
  SNOWFLAKE_PASSWORD: optional(secret('a password')),
  SNOWFLAKE_PRIVATE_KEY: optional(secret('a private key in PEM')),
  SNOWFLAKE_PRIVATE_KEY_FILE: optional(text('a file with a private key in PEM')),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: optional(secret("the private key's passphrase")),
  SNOWFLAKE_DATABASE: withDefault(identifier(), 'FINEPRINT'),
  SNOWFLAKE_SCHEMA: withDefault(identifier(), 'ANALYTICS'),
  SNOWFLAKE_WAREHOUSE: optional(identifier()),
  SNOWFLAKE_ROLE: optional(identifier()),
  SNOWFLAKE_ACCESS_URL: optional(url(['http:', 'https:'])),
};

/** Rule: one way to log in, and only one. */
export function snowflakeRule(config: ConfigOf<typeof snowflakeFields>): ConfigProblem[] {
  const ways = ['SNOWFLAKE_PASSWORD', 'SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_PRIVATE_KEY_FILE'] as const;
  const given = ways.filter((way) => config[way] !== undefined);
  if (given.length === 1) return [];
  const problem = given.length === 0 ? 'is not set' : `is set beside ${given.slice(1).join(' and ')}`;
  return [{ variable: given[0] ?? ways[0], problem, expected: `one of ${ways.join(', ')}` }];
}
