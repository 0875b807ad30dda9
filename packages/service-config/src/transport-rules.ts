import { clickhouseUrl } from './clickhouse-url.ts';
import type { ConfigProblem } from './config-error.ts';
import { Secret } from './secret.ts';

/** Settings of any service; those it does not have are undefined. */
export type TransportSettings = Readonly<Record<string, unknown>>;

/** One server that the settings name. */
interface Target {
  readonly variable: string;
  readonly host: string;
  readonly isEncrypted: boolean;
}

const PRODUCTION = 'production';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** Everything about protected connections that would surprise somebody. Applies to every service. */
export function transportRule(settings: TransportSettings): ConfigProblem[] {
  return [
    ...kafkaProblems(settings),
    ...uselessAuthorities(settings),
    ...(settings['NODE_ENV'] === PRODUCTION ? unverified(settings).map(refusedInProduction) : []),
    ...(settings['REQUIRE_TLS'] === true ? unencrypted(settings).map(refusedWithoutTls) : []),
  ];
}

/** What is allowed and should not stay so. */
export function transportWarnings(settings: TransportSettings): string[] {
  const open = settings['NODE_ENV'] === PRODUCTION ? unencrypted(settings) : [];
  return [
    ...unverified(settings).map(
      (variable) =>
        `${variable}: certificates are NOT verified; anybody in between can read and change everything`,
    ),
    ...open.map(
      ({ variable, host }) =>
        `${variable}: the connection to ${host} is not encrypted; REQUIRE_TLS=true would refuse it`,
    ),
  ];
}

/** Node reads its switch at each connection, so it holds for every client of the process. */
export function applyVerification(settings: TransportSettings): void {
  if (settings['TLS_VERIFY'] === false) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
}

function kafkaProblems(settings: TransportSettings): ConfigProblem[] {
  const isSet = (variable: string) => settings[variable] !== undefined;
  const problems: ConfigProblem[] = [];
  const files = ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'];
  if (settings['KAFKA_SSL'] === false)
    for (const variable of files.filter(isSet))
      problems.push({ variable, problem: 'is set without KAFKA_SSL', expected: 'KAFKA_SSL=true beside it' });
  const [, certificate = '', key = ''] = files;
  for (const [one, other] of [
    [certificate, key],
    [key, certificate],
  ] as const)
    if (isSet(one) && !isSet(other))
      problems.push({
        variable: other,
        problem: 'is not set',
        expected: `a PEM file, because ${one} is set`,
      });
  if (!isSet('KAFKA_SASL_MECHANISM'))
    for (const variable of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'].filter(isSet))
      problems.push({
        variable,
        problem: 'is set without KAFKA_SASL_MECHANISM',
        expected: 'a mechanism beside it; it would not be used',
      });
  const isOpenPassword = settings['KAFKA_SASL_MECHANISM'] === 'plain' && settings['KAFKA_SSL'] === false;
  if (isOpenPassword && settings['NODE_ENV'] === PRODUCTION)
    problems.push({
      variable: 'KAFKA_SASL_MECHANISM',
      problem: 'is plain without KAFKA_SSL in production',
      expected: 'KAFKA_SSL=true, so that the password is not readable on the wire',
    });
  return problems;
}

/** An authority for a connection that does not use TLS would be ignored in silence. */
function uselessAuthorities(settings: TransportSettings): ConfigProblem[] {
  const authorities = {
    REDIS_URL: 'REDIS_CA_FILE',
    DATABASE_URL: 'DATABASE_CA_FILE',
    CLICKHOUSE_HOST: 'CLICKHOUSE_CA_FILE',
    SCHEMA_REGISTRY_URL: 'SCHEMA_REGISTRY_CA_FILE',
  } as const;
  const expected = {
    REDIS_URL: 'rediss:// in REDIS_URL',
    DATABASE_URL: 'no sslmode=disable and no other sslrootcert in DATABASE_URL',
    CLICKHOUSE_HOST: 'https:// in CLICKHOUSE_HOST',
    SCHEMA_REGISTRY_URL: 'https:// in SCHEMA_REGISTRY_URL',
  } as const;
  return targets(settings).flatMap((target) => {
    const address = target.variable as keyof typeof authorities;
    const variable = authorities[address];
    const named = address === 'DATABASE_URL' ? queryOf(settings, address).get('sslrootcert') : null;
    const beside = named !== null && named !== settings[variable];
    if (variable === undefined || settings[variable] === undefined || (target.isEncrypted && !beside))
      return [];
    const problem = beside
      ? 'differs from sslrootcert in DATABASE_URL'
      : `is set, and ${address} does not use TLS`;
    return [{ variable, problem, expected: expected[address] }];
  });
}

/** The variables that switch the verification of certificates off. */
function unverified(settings: TransportSettings): string[] {
  const database = queryOf(settings, 'DATABASE_URL');
  const mode = database.get('sslmode') ?? '';
  const isCompatible = database.get('uselibpqcompat') === 'true' && !mode.startsWith('verify-');
  const mail = queryOf(settings, 'SMTP_URL');
  return [
    ...(settings['TLS_VERIFY'] === false ? ['TLS_VERIFY'] : []),
    ...(settings['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' ? ['NODE_TLS_REJECT_UNAUTHORIZED'] : []),
    ...(mode === 'no-verify' || database.get('ssl') === 'no-verify' || isCompatible ? ['DATABASE_URL'] : []),
    ...(mail.get('tls.rejectUnauthorized') === 'false' ? ['SMTP_URL'] : []),
  ];
}

const unencrypted = (settings: TransportSettings): Target[] =>
  targets(settings).filter(({ host, isEncrypted }) => !isEncrypted && !LOOPBACK.test(host));

function targets(settings: TransportSettings): Target[] {
  const found: Target[] = [];
  const add = (variable: string, host: string, isEncrypted: boolean) =>
    found.push({ variable, host, isEncrypted });
  const brokers = settings['KAFKA_BROKERS'];
  if (Array.isArray(brokers))
    for (const broker of brokers.map(String))
      add('KAFKA_BROKERS', broker.replace(/:\d+$/, ''), settings['KAFKA_SSL'] === true);
  for (const variable of [
    'SCHEMA_REGISTRY_URL',
    'REDIS_URL',
    'SNOWFLAKE_ACCESS_URL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ]) {
    const url = urlOf(settings, variable);
    if (url !== null) add(variable, url.hostname, url.protocol === 'https:' || url.protocol === 'rediss:');
  }
  const database = urlOf(settings, 'DATABASE_URL');
  if (database !== null) add('DATABASE_URL', database.hostname, usesTls(database, settings));
  const mail = urlOf(settings, 'SMTP_URL');
  // With smtp:// TLS begins by STARTTLS, and REQUIRE_TLS makes it a must.
  if (mail !== null)
    add('SMTP_URL', mail.hostname, mail.protocol === 'smtps:' || settings['REQUIRE_TLS'] === true);
  const { CLICKHOUSE_HOST, CLICKHOUSE_PORT } = settings;
  if (typeof CLICKHOUSE_HOST === 'string') {
    const port = typeof CLICKHOUSE_PORT === 'number' ? CLICKHOUSE_PORT : undefined;
    const url = new URL(clickhouseUrl({ CLICKHOUSE_HOST, CLICKHOUSE_PORT: port }));
    add('CLICKHOUSE_HOST', url.hostname, url.protocol === 'https:');
  }
  return found;
}

/** As `pg` reads it: an authority or a mode other than `disable` means TLS, with no way back to plain text. */
function usesTls(url: URL, settings: TransportSettings): boolean {
  const query = url.searchParams;
  const mode = query.get('sslmode');
  if (mode !== null) return mode !== 'disable';
  const ssl = query.get('ssl') ?? 'false';
  return settings['DATABASE_CA_FILE'] !== undefined || query.has('sslrootcert') || !/^(false|0)$/.test(ssl);
}

function urlOf(settings: TransportSettings, variable: string): URL | null {
  const value = settings[variable];
  return value instanceof Secret
    ? URL.parse(value.reveal())
    : typeof value === 'string'
      ? URL.parse(value)
      : null;
}

const queryOf = (settings: TransportSettings, variable: string): URLSearchParams =>
  urlOf(settings, variable)?.searchParams ?? new URLSearchParams();

const refusedInProduction = (variable: string): ConfigProblem => ({
  variable,
  problem: 'switches off the verification of certificates in production',
  expected: 'verified certificates; name a private certificate authority by a *_CA_FILE variable',
});

const refusedWithoutTls = ({ variable, host }: Target): ConfigProblem => ({
  variable,
  problem: `connects to ${host} without TLS, and REQUIRE_TLS is true`,
  expected: 'an address and settings that use TLS',
});
