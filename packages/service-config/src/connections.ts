import { readFileSync } from 'node:fs';
import { clickhouseUrl } from './clickhouse-url.ts';
import type { clickhouseFields, postgresFields, redisFields, registryFields } from './fields.ts';
import type { ConfigOf } from './read-config.ts';

/** What clients are connected with: addresses, logins and who is trusted, from the settings of a service or of the CLI. */

export interface RegistrySettings {
  /** Credentials may stand in it. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM; undefined: whom the system trusts. */
  readonly ca?: string;
}

export interface ClickHouseAccount {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** As ClickHouse's client takes it. */
  readonly tls?: { readonly ca_cert: Buffer };
}

const pem = (file: string | undefined): string | undefined =>
  file === undefined ? undefined : readFileSync(file, 'utf8');

export function registrySettings(config: ConfigOf<typeof registryFields>): RegistrySettings {
  const ca = pem(config.SCHEMA_REGISTRY_CA_FILE);
  const { SCHEMA_REGISTRY_USERNAME: username, SCHEMA_REGISTRY_PASSWORD: password } = config;
  return {
    url: config.SCHEMA_REGISTRY_URL,
    ...(username === undefined ? {} : { username, password: password?.reveal() ?? '' }),
    ...(ca === undefined ? {} : { ca }),
  };
}

/** A URL that says everything, as `pg` reads it: with an authority the certificate and the host's name are verified. */
export function postgresUrl(config: ConfigOf<typeof postgresFields>): string {
  return withAuthority(config.DATABASE_URL.reveal(), config.DATABASE_CA_FILE);
}

export function withAuthority(databaseUrl: string, caFile: string | undefined): string {
  if (caFile === undefined) return databaseUrl;
  const url = new URL(databaseUrl);
  url.searchParams.set('sslrootcert', caFile);
  if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'verify-full');
  return url.href;
}

/** Options beside REDIS_URL; for `rediss://` only, because they alone would switch TLS on. */
export function redisTls(config: ConfigOf<typeof redisFields>): { readonly tls?: { readonly ca: string } } {
  const ca = pem(config.REDIS_CA_FILE);
  return ca === undefined ? {} : { tls: { ca } };
}

export function clickhouseAccount(config: ConfigOf<typeof clickhouseFields>): ClickHouseAccount {
  return {
    url: clickhouseUrl(config),
    username: config.CLICKHOUSE_USERNAME,
    password: config.CLICKHOUSE_PASSWORD?.reveal() ?? '',
    ...clickhouseTls(config.CLICKHOUSE_CA_FILE),
  };
}

export const clickhouseTls = (caFile: string | undefined): Pick<ClickHouseAccount, 'tls'> =>
  caFile === undefined ? {} : { tls: { ca_cert: readFileSync(caFile) } };
