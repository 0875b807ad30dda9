import type { ConfigProblem } from './config-error.ts';
import { about } from './facts.ts';
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
  ratio,
  secret,
  secretUrl,
  text,
  url,
  withDefault,
} from './types.ts';

/** Where a service listens and how much it says. */
export const serviceFields = {
  HOST: about(
    'The address it listens on; 0.0.0.0 in a container.',
    withDefault(text('an address to listen on'), '127.0.0.1'),
  ),
  ADMIN_TOKEN: about(
    'Asked for by /metrics and by what /ready and /health tell of the inside. Without it they are open on loopback and shut elsewhere.',
    optional(secret('a token of your own making')),
  ),
  LOG_LEVEL: about(
    'How much it logs.',
    withDefault(oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  ),
  ...transportFields,
};

/** The port a service listens on; 0 lets the system choose. */
export function portField(defaultPort: number) {
  return {
    PORT: about(
      'The port it listens on; 0 lets the system choose.',
      withDefault(integer({ min: 0, max: 65_535 }), defaultPort),
    ),
  };
}

export const kafkaFields = {
  KAFKA_BROKERS: about('Where Kafka is.', list('host:port of the brokers, comma-separated')),
  KAFKA_CLIENT_ID: about(
    "The name the brokers see; the service's own where it is not set.",
    optional(text('the name the brokers see')),
  ),
  KAFKA_CLUSTER_ID: about(
    'The cluster that is meant: another one is never read or written.',
    optional(text('the id of the cluster that is meant; another one is never read or written')),
  ),
  KAFKA_COMPRESSION: about(
    'How what it writes to Kafka is compressed; anything can be read.',
    withDefault(oneOf(['none', 'lz4', 'zstd']), 'lz4'),
  ),
  ...kafkaTransportFields,
  KAFKA_SASL_MECHANISM: about(
    'How to log in to Kafka.',
    optional(oneOf(['plain', 'scram-sha-256', 'scram-sha-512'])),
  ),
  KAFKA_SASL_USERNAME: about("Kafka's user.", optional(text('a user name'))),
  KAFKA_SASL_PASSWORD: about('Its password.', optional(secret('a password'))),
};

/** What a Kafka client needs; files are paths, read by the client's shell. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly compression: 'none' | 'lz4' | 'zstd';
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
    compression: config.KAFKA_COMPRESSION,
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
  SCHEMA_REGISTRY_URL: about(
    'Where the schema registry is, with the path of its Confluent API.',
    url(['http:', 'https:']),
  ),
  ...registryTransportFields,
};
export const redisFields = {
  REDIS_URL: about('Where Redis is.', secretUrl(['redis:', 'rediss:'])),
  ...redisTransportFields,
};
export const postgresFields = {
  DATABASE_URL: about('Where Postgres is.', secretUrl(['postgres:', 'postgresql:'])),
  ...postgresTransportFields,
};

export const clickhouseFields = {
  CLICKHOUSE_HOST: about('Where ClickHouse is.', text('a host name, or a URL with http:// or https://')),
  CLICKHOUSE_PORT: about(
    'Its HTTP port, where CLICKHOUSE_HOST does not say (8123, or that of the URL).',
    optional(integer({ min: 1, max: 65_535 })),
  ),
  CLICKHOUSE_USERNAME: about("ClickHouse's user.", withDefault(text('a user name'), 'default')),
  CLICKHOUSE_PASSWORD: about('Its password.', optional(secret('a password'))),
  CLICKHOUSE_DATABASE: about(
    "The database with the product's tables.",
    withDefault(text('a database name'), 'fineprint'),
  ),
  ...clickhouseTransportFields,
};

/** The product's privacy switches. */
export const privacyFields = {
  ENABLE_PII_DETECTION: about(
    'Take personal data out of events. With false they are stored as they come, and /ready and the log keep saying so; in production that needs PII_DETECTION_OFF_CONFIRMED too.',
    withDefault(boolean(), true),
  ),
  ENABLE_DATA_ANONYMIZATION: about(
    "Store a pseudonym in place of each person's ids, so that an erasure reaches logs and backups too.",
    withDefault(boolean(), true),
  ),
  DATA_RETENTION_DAYS: about(
    'How long events are kept in the stores.',
    withDefault(integer({ min: 1, max: 36_500, unit: 'days' }), 365),
  ),
  RAW_RETENTION_HOURS: about(
    'How long Kafka keeps what arrives, with its personal data.',
    withDefault(integer({ min: 1, max: 8_760, unit: 'hours' }), 72),
  ),
  GDPR_COMPLIANT: about(
    'Opt-in: what people never said yes to is not stored and not passed on.',
    withDefault(boolean(), true),
  ),
  CCPA_COMPLIANT: about(
    'Opt-out, for people who were asked under it: silence is a yes. With GDPR_COMPLIANT too, that counts for all others.',
    withDefault(boolean(), true),
  ),
};

const pseudonymKey = secret('at least 16 characters, kept secret and stable');

/** Whoever makes pseudonyms. */
export const pseudonymFields = {
  PII_PSEUDONYM_KEY: about(
    'What pseudonyms are made with: the same for all services and instances, kept secret and stable.',
    pseudonymKey,
  ),
};

/** Whoever has to know erased subjects again, or acts for people who ask about themselves. */
export const subjectKeyFields = {
  PII_PSEUDONYM_KEY: about(
    'Whose ids are whose; without it erased people are not known again and requests for access and erasure are not worked on.',
    optional(pseudonymKey),
  ),
};

/** Archives of what is stored about a person: job-runner writes them, query-api hands them out. */
export const privacyArchiveFields = {
  PRIVACY_ARCHIVE_DIR: about(
    'Where what was collected about a person is kept to be fetched: a folder that job-runner and query-api share. Without it nobody can ask for access.',
    optional(text('a folder')),
  ),
};

/** Whoever takes keys: how many wrong ones, and whose they are. */
export const loginFields = {
  LOGIN_FAILURES_PER_MINUTE: about(
    'Wrong keys that one client address may try, per instance; known keys pass all the same.',
    withDefault(integer({ min: 1, max: 1_000_000 }), 300),
  ),
  TRUSTED_PROXIES: about(
    'Proxies whose X-Forwarded-For is believed.',
    withDefault(networks(), ['127.0.0.0/8', '::1']),
  ),
};

/** How long what is kept; `retentionRule` of @fineprint/retention checks them together. */
export const retentionFields = {
  DATA_RETENTION_DAYS: privacyFields.DATA_RETENTION_DAYS,
  RAW_RETENTION_HOURS: privacyFields.RAW_RETENTION_HOURS,
  RETENTION_OVERRIDES: about(
    'Other limits than the usual ones, of single data sets and topics.',
    optional(text('limits of data sets and topics, as in ai_requests=90d,product.events.clean=720h')),
  ),
  RETENTION_HOLDS: about(
    'What is kept whatever its age, such as for a court.',
    optional(list('names of data sets that are kept whatever their age, comma-separated')),
  ),
};

/** An identity provider whose tokens are taken beside API keys; off unless the first three are set. */
export const oidcFields = {
  OIDC_ISSUER: about(
    'An identity provider whose tokens are taken beside API keys; off unless its issuer, audience and keys are set.',
    optional(text('the `iss` of its tokens, exactly')),
  ),
  OIDC_AUDIENCE: about('Who its tokens are for.', optional(text('the `aud` that is this service'))),
  OIDC_JWKS_URL: about('Where its keys are.', optional(url(['https:', 'http:']))),
  OIDC_ROLE_CLAIM: about(
    'Where its tokens say the role.',
    withDefault(text('the claim with the role, or a list that holds it; dots go into objects'), 'roles'),
  ),
};

export const metricsFields = {
  ENABLE_METRICS: about(
    'Serve Prometheus metrics at /metrics and log their sums.',
    withDefault(boolean(), true),
  ),
  METRICS_INTERVAL: about(
    'How often sums of the metrics are logged.',
    withDefault(integer({ min: 1_000, max: 86_400_000, unit: 'milliseconds' }), 60_000),
  ),
};

/** OpenTelemetry's own names. */
export const tracingFields = {
  OTEL_EXPORTER_OTLP_ENDPOINT: about(
    'Where traces go: a collector that takes OTLP over HTTP. Without it no spans are made.',
    optional(url(['http:', 'https:'])),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: about(
    'What it asks for, such as a key.',
    optional(secret('name=value, comma-separated')),
  ),
};

/** For where traces begin. */
export const samplingFields = {
  OTEL_TRACES_SAMPLER_ARG: about(
    'The share of requests that begin a trace. Those that come with a sampled traceparent go on with theirs.',
    withDefault(ratio(), 0.01),
  ),
};

export const batchFields = {
  BATCH_SIZE: about(
    'Events that one request may hold.',
    withDefault(integer({ min: 1, max: 100_000, unit: 'records' }), 1_000),
  ),
};

/** For figures within a second; without it they come in batches, with fewer and larger writes. */
export const realtimeFields = {
  ENABLE_REALTIME_PROCESSING: about(
    'Figures within a second, and live streams. With false they come every 15 seconds at the latest, in fewer and larger writes, and live paths answer 409.',
    withDefault(boolean(), true),
  ),
};

const BATCHED_MS = 15_000;

/** How long records may wait for others. Shorter than what /ready calls a standstill. */
export const paceMs = (config: ConfigOf<typeof realtimeFields>, usualMs: number): number =>
  config.ENABLE_REALTIME_PROCESSING ? usualMs : Math.max(usualMs, BATCHED_MS);

/** How far an event's own time may be from its arrival; outside, the time of arrival counts. Gateway and scrubber agree. */
export const eventTimeFields = {
  MAX_EVENT_AGE_DAYS: about(
    'An older time of an event is replaced by when it arrived.',
    withDefault(integer({ min: 1, max: 36_500, unit: 'days' }), 3_650),
  ),
  MAX_EVENT_FUTURE_HOURS: about(
    'A time of an event further ahead is replaced by when it arrived.',
    withDefault(integer({ min: 0, max: 8_760, unit: 'hours' }), 24),
  ),
};

/** A Snowflake account. Without SNOWFLAKE_ACCOUNT there is none. */
export const snowflakeFields = {
  SNOWFLAKE_ACCOUNT: about(
    'The account to fill; without it Snowflake is not used.',
    text('an account identifier, as in <account>.snowflakecomputing.com'),
  ),
  SNOWFLAKE_USERNAME: about("Snowflake's user.", text('a user name')),
  SNOWFLAKE_PASSWORD: about('Its password; or a key instead.', optional(secret('a password'))),
  SNOWFLAKE_PRIVATE_KEY: about(
    'Its private key, instead of a password.',
    optional(secret('a private key in PEM')),
  ),
  SNOWFLAKE_PRIVATE_KEY_FILE: about(
    'A file with its private key, instead of a password.',
    optional(text('a file with a private key in PEM')),
  ),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: about(
    'What the private key is encrypted with.',
    optional(secret("the private key's passphrase")),
  ),
  SNOWFLAKE_DATABASE: about('The database to fill.', withDefault(identifier(), 'FINEPRINT')),
  SNOWFLAKE_SCHEMA: about('Its schema.', withDefault(identifier(), 'ANALYTICS')),
  SNOWFLAKE_WAREHOUSE: about(
    "The virtual warehouse that loads; the user's own where it is not set.",
    optional(identifier()),
  ),
  SNOWFLAKE_ROLE: about("The role to take; the user's own where it is not set.", optional(identifier())),
  SNOWFLAKE_ACCESS_URL: about(
    "Another address than the account's, such as a private link.",
    optional(url(['http:', 'https:'])),
  ),
};

/** Rule: one way to log in, and only one. */
export function snowflakeRule(config: ConfigOf<typeof snowflakeFields>): ConfigProblem[] {
  const ways = ['SNOWFLAKE_PASSWORD', 'SNOWFLAKE_PRIVATE_KEY', 'SNOWFLAKE_PRIVATE_KEY_FILE'] as const;
  const given = ways.filter((way) => config[way] !== undefined);
  if (given.length === 1) return [];
  const problem = given.length === 0 ? 'is not set' : `is set beside ${given.slice(1).join(' and ')}`;
  return [{ variable: given[0] ?? ways[0], problem, expected: `one of ${ways.join(', ')}` }];
}
