import {
  CLICKHOUSE_MASKED_READER,
  CLICKHOUSE_READER,
  CLICKHOUSE_USER,
  LOOPBACK,
  POSTGRES_DATABASE,
  POSTGRES_USER,
} from './parts.ts';
import type { Secrets } from './secrets.ts';
import type { ExternalEndpoints, StackSettings } from './settings.ts';

/** Shared by the native and the docker registry. */
export const REGISTRY_API_PATH = '/apis/ccompat/v7';

/** Where the parts are and how to get in, whichever provider runs them. */
export interface StackEndpoints {
  readonly kafkaBrokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly clickhouseUrl: string;
  readonly clickhouseUsername: string;
  readonly clickhousePassword: string;
  /** The read-only account for analysts; an external ClickHouse has its own. */
  readonly clickhouseReader: { readonly username: string; readonly password: string } | undefined;
  /** The same, for those who see people masked. */
  readonly clickhouseMasked: { readonly username: string; readonly password: string } | undefined;
}

export function localEndpoints(settings: StackSettings, secrets: Pick<Secrets, 'get'>): StackEndpoints {
  const { ports } = settings;
  const postgresPassword = secrets.get('postgresPassword');
  return {
    kafkaBrokers: `${LOOPBACK}:${ports.kafka}`,
    schemaRegistryUrl: `http://${LOOPBACK}:${ports.registry}${REGISTRY_API_PATH}`,
    databaseUrl: `postgresql://${POSTGRES_USER}:${postgresPassword}@${LOOPBACK}:${ports.postgres}/${POSTGRES_DATABASE}`,
    redisUrl: `redis://:${secrets.get('redisPassword')}@${LOOPBACK}:${ports.redis}`,
    clickhouseUrl: `http://${LOOPBACK}:${ports.clickhouse}`,
    clickhouseUsername: CLICKHOUSE_USER,
    clickhousePassword: secrets.get('clickhousePassword'),
    clickhouseReader: { username: CLICKHOUSE_READER, password: secrets.get('clickhouseReaderPassword') },
    clickhouseMasked: {
      username: CLICKHOUSE_MASKED_READER,
      password: secrets.get('clickhouseMaskedPassword'),
    },
  };
}

export function externalEndpoints(external: ExternalEndpoints): StackEndpoints {
  return {
    kafkaBrokers: external.kafkaBrokers,
    schemaRegistryUrl: external.schemaRegistryUrl,
    databaseUrl: external.databaseUrl,
    redisUrl: external.redisUrl,
    clickhouseUrl: clickhouseUrlOf(external.clickhouseHost, external.clickhousePort),
    clickhouseUsername: external.clickhouseUsername ?? 'default',
    clickhousePassword: external.clickhousePassword ?? '',
    clickhouseReader: undefined,
    clickhouseMasked: undefined,
  };
}

/** CLICKHOUSE_HOST is a host's name, or a whole URL (https, say). */
function clickhouseUrlOf(host: string, port: string | undefined): string {
  const url = new URL(/^https?:\/\//.test(host) ? host : `http://${host}`);
  if (port !== undefined) url.port = port;
  else if (!host.startsWith('http') && url.port === '') url.port = '8123';
  return url.origin;
}

/** The environment our services read. */
export function endpointsEnv(endpoints: StackEndpoints): Record<string, string> {
  const clickhouse = new URL(endpoints.clickhouseUrl);
  const defaultPort = clickhouse.protocol === 'https:' ? '443' : '80';
  return {
    KAFKA_BROKERS: endpoints.kafkaBrokers,
    SCHEMA_REGISTRY_URL: endpoints.schemaRegistryUrl,
    DATABASE_URL: endpoints.databaseUrl,
    REDIS_URL: endpoints.redisUrl,
    CLICKHOUSE_HOST: clickhouse.protocol === 'https:' ? clickhouse.origin : clickhouse.hostname,
    CLICKHOUSE_PORT: clickhouse.port || defaultPort,
    CLICKHOUSE_USERNAME: endpoints.clickhouseUsername,
    CLICKHOUSE_PASSWORD: endpoints.clickhousePassword,
  };
}
