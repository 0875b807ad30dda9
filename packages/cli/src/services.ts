import path from 'node:path';
import { deletionFields } from '@fineprint/job-runner/deletion-settings';
import { destinationFields, isConfigured, settingsFor } from '@fineprint/sink-forwarder/settings';
import {
  LOOPBACK,
  type PortName,
  type ProcessSpec,
  REPO_DIR,
  type Stack,
  serviceArgs,
} from '@fineprint/stack';
import { type DestinationName, destinations, forwarderOf, type NodeName } from '@fineprint/topology';
import { archiveDirOf } from './archive-dir.ts';
import { declarationOf } from './config/declarations.ts';

/** One process of ours, as `up` starts it. */
export interface ServiceDefinition {
  /** A node of the DAG, or a service that reads and writes no topic. */
  readonly name: NodeName | 'query-api';
  readonly port: PortName;
  /** Its folder in services/, where several nodes run one program. */
  readonly program?: string;
  /** Whether the settings ask for it; always, where it does not say. */
  readonly isWanted?: (env: Environment) => boolean;
  /** What it needs beside the addresses of the parts. */
  readonly env: (stack: ServedStack, env: Environment) => Readonly<Record<string, string>>;
}

/** What of a stack decides over the settings of services. */
export type ServedStack = Pick<Stack, 'settings' | 'endpoints' | 'env'> & {
  readonly secrets: Pick<Stack['secrets'], 'get'>;
};

export const programOf = ({ name, program }: ServiceDefinition): string => program ?? name;

export type Environment = Readonly<Record<string, string | undefined>>;

const FORWARDER_PORTS = {
  mixpanel: 'forwarderMixpanel',
  amplitude: 'forwarderAmplitude',
  segment: 'forwarderSegment',
  webhooks: 'forwarderWebhooks',
} as const satisfies Record<DestinationName, PortName>;

/** One process per destination, which gets that destination's key and no other's. */
function forwarder(destination: DestinationName): ServiceDefinition {
  return {
    name: forwarderOf(destination),
    port: FORWARDER_PORTS[destination],
    program: 'sink-forwarder',
    isWanted: (env) => isConfigured(destination, env),
    env: (_stack, env) => ({ DESTINATION: destination, ...settingsFor(destination, env) }),
  };
}

/** Whether an account is named, or stands for one (`up --with snowflake`). */
export function hasSnowflake(env: Environment): boolean {
  return Boolean(env['SNOWFLAKE_ACCOUNT']);
}

const snowflakeSettingsIn = (env: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('SNOWFLAKE_') && value ? [[name, value]] : [],
    ),
  );

/** Whoever makes pseudonyms, or has to know an erased subject again. */
const pseudonymKey: ServiceDefinition['env'] = ({ secrets }, { PII_PSEUDONYM_KEY: own }) => ({
  PII_PSEUDONYM_KEY: own ?? secrets.get('piiPseudonymKey'),
});

const privacyArchiveDir = ({ settings }: ServedStack) => ({
  PRIVACY_ARCHIVE_DIR: path.join(settings.dataDir, 'exports', 'privacy'),
});

/** What deletions are asked for with, and what events are sent with. */
const deletionKeysIn = (env: Environment): Record<string, string> =>
  Object.fromEntries(Object.keys(deletionFields).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));

/** The account that can only read, for what files and people say. */
const readerOf = ({ endpoints: { clickhouseReader: reader } }: ServedStack): Record<string, string> =>
  reader === undefined
    ? {}
    : { CLICKHOUSE_READER_USERNAME: reader.username, CLICKHOUSE_READER_PASSWORD: reader.password };

/** Every service. A new one is a line here. */
export const services: readonly ServiceDefinition[] = [
  {
    name: 'ingest-gateway',
    port: 'gateway',
    env: ({ settings }) => ({
      QUERY_API_URL: `http://${LOOPBACK}:${settings.ports.queryApi}`,
      SPOOL_DIR: path.join(settings.dataDir, 'spool'),
    }),
  },
  { name: 'pii-scrubber', port: 'scrubber', env: pseudonymKey },
  { name: 'ai-aggregator', port: 'aiAggregator', env: () => ({}) },
  { name: 'drift-monitor', port: 'driftMonitor', env: () => ({}) },
  { name: 'funnel-builder', port: 'funnelBuilder', env: pseudonymKey },
  { name: 'person-builder', port: 'personBuilder', env: pseudonymKey },
  { name: 'warehouse-loader', port: 'loader', env: () => ({}) },
  { name: 'postgres-loader', port: 'postgresLoader', env: () => ({}) },
  { name: 'reconciler', port: 'reconciler', env: () => ({}) },
  ...destinations.map(forwarder),
  {
    name: 'snowflake-loader',
    port: 'snowflakeLoader',
    isWanted: hasSnowflake,
    env: (_stack, env) => snowflakeSettingsIn(env),
  },
  {
    name: 'job-runner',
    port: 'jobRunner',
    // It writes what it works out, and asks what files and people say with the account that can only read.
    env: (stack, env) => ({
      ...pseudonymKey(stack, env),
      ...privacyArchiveDir(stack),
      ...deletionKeysIn(env),
      ARCHIVE_DIR: archiveDirOf(stack.settings, env),
      ...(env['BUSINESS_CONVENTION_FILE']
        ? { BUSINESS_CONVENTION_FILE: path.resolve(env['BUSINESS_CONVENTION_FILE']) }
        : {}),
      ...readerOf(stack),
    }),
  },
  {
    name: 'alert-manager',
    port: 'alertManager',
    // Without a mail server of your own, mails go to whoever listens on this machine; and so may webhooks.
    env: ({ secrets, settings, endpoints: { clickhouseReader: reader } }, env) => ({
      ALERTS_SIGNING_KEY: env['ALERTS_SIGNING_KEY'] ?? secrets.get('alertsSigningKey'),
      SMTP_URL: env['SMTP_URL'] ?? `smtp://${LOOPBACK}:${settings.ports.smtp}`,
      ALERTS_FROM: env['ALERTS_FROM'] ?? 'Fine Print AI alerts <alerts@localhost>',
      ALERTS_ALLOW_PRIVATE_TARGETS: env['ALERTS_ALLOW_PRIVATE_TARGETS'] ?? 'true',
      ...(reader === undefined
        ? {}
        : { CLICKHOUSE_USERNAME: reader.username, CLICKHOUSE_PASSWORD: reader.password }),
    }),
  },
  {
    name: 'query-api',
    port: 'queryApi',
    // It only reads, with the account that can do nothing else; an external ClickHouse has its own.
    env: (stack, env) => ({
      ...pseudonymKey(stack, env),
      ...privacyArchiveDir(stack),
      AUDIT_HASH_KEY: env['AUDIT_HASH_KEY'] ?? stack.secrets.get('auditHashKey'),
      STAGE_URLS: wantedServices(env)
        .filter(({ name }) => name !== 'query-api')
        .map(({ name, port }) => `${name}=http://${LOOPBACK}:${stack.settings.ports[port]}`)
        .join(','),
      ...(stack.endpoints.clickhouseReader === undefined
        ? {}
        : {
            CLICKHOUSE_USERNAME: stack.endpoints.clickhouseReader.username,
            CLICKHOUSE_PASSWORD: stack.endpoints.clickhouseReader.password,
          }),
    }),
  },
];

/** The services that the settings ask for. */
export const wantedServices = (env: Environment = process.env): readonly ServiceDefinition[] =>
  services.filter((service) => service.isWanted?.(env) ?? true);

const READY_TIMEOUT_MS = 60_000;
/** Longer than a service's own drain, so that nothing is cut off. */
const STOP_TIMEOUT_MS = 30_000;

export function serviceSpec(
  service: ServiceDefinition,
  stack: ServedStack,
  env: Environment = process.env,
): ProcessSpec {
  const port = stack.settings.ports[service.port];
  const url = `http://${LOOPBACK}:${port}`;
  return {
    name: service.name,
    tier: 'service',
    command: process.execPath,
    args: serviceArgs(programOf(service)),
    env: {
      ...settingsOf(service, env),
      ...stack.env,
      HOST: LOOPBACK,
      PORT: String(port),
      ...service.env(stack, env),
    },
    cwd: REPO_DIR,
    ports: [port],
    url,
    ready: { kind: 'http', url: `${url}/ready` },
    readyTimeoutMs: READY_TIMEOUT_MS,
    stopTimeoutMs: STOP_TIMEOUT_MS,
  };
}

/** What the user has set of what this service reads. Named here so that a changed one restarts what runs. */
function settingsOf(service: ServiceDefinition, env: Environment): Record<string, string> {
  const names = declarationOf(programOf(service)).variables();
  const own = names.filter((name) => !isForOneDestination(name)); // a forwarder gets those of its own
  return Object.fromEntries(own.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

const isForOneDestination = (variable: string): boolean =>
  variable in destinationFields || variable.replace(/_FILE$/, '') in destinationFields;
