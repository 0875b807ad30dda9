import path from 'node:path';
import { withAuthority } from '@fineprint/service-config';
import { z } from 'zod';
import { StackError } from './errors.ts';
import { MAX_PORT_OFFSET, type Ports, portsFor } from './parts.ts';

export type ProviderName = 'docker' | 'native' | 'external';

export interface StackSettings {
  readonly repoDir: string;
  readonly dataDir: string;
  /** Downloaded parts: shared by all data folders of this checkout. */
  readonly partsDir: string;
  readonly provider: ProviderName | 'auto';
  readonly portOffset: number;
  readonly ports: Ports;
  readonly kafkaJvmOpts: readonly string[];
  /** A folder with ca.crt, server.crt and server.key: native Kafka gets a TLS listener with a login, and Postgres speaks TLS. */
  readonly tlsDir: string | undefined;
  readonly external: ExternalEndpoints | undefined;
}

export interface ExternalEndpoints {
  readonly kafkaBrokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly clickhouseHost: string;
  readonly clickhousePort: string | undefined;
  readonly clickhouseUsername: string | undefined;
  readonly clickhousePassword: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** C1 and the serial collector: a broker that starts in two seconds and idles small. Benchmarks set their own. */
export const DEFAULT_KAFKA_JVM_OPTS = '-Xms96m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1';

const externalKeys = [
  'KAFKA_BROKERS',
  'SCHEMA_REGISTRY_URL',
  'DATABASE_URL',
  'REDIS_URL',
  'CLICKHOUSE_HOST',
] as const;

const url = (protocol: RegExp) => z.url({ protocol }).optional();

const schema = z.object({
  FINEPRINT_PROVIDER: z.enum(['auto', 'docker', 'native', 'external']).default('auto'),
  FINEPRINT_PORT_OFFSET: z.coerce.number().int().min(0).max(MAX_PORT_OFFSET).default(0),
  FINEPRINT_DATA_DIR: z.string().min(1).default('.fineprint'),
  FINEPRINT_KAFKA_JVM_OPTS: z.string().default(DEFAULT_KAFKA_JVM_OPTS),
  FINEPRINT_TLS_DIR: z.string().optional(),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'expected host:port, several separated by commas')
    .optional(),
  SCHEMA_REGISTRY_URL: url(/^https?$/),
  SCHEMA_REGISTRY_USERNAME: z.string().optional(),
  SCHEMA_REGISTRY_PASSWORD: z.string().optional(),
  DATABASE_URL: url(/^postgres(ql)?$/),
  DATABASE_CA_FILE: z.string().optional(),
  REDIS_URL: url(/^rediss?$/),
  CLICKHOUSE_HOST: z.string().min(1).optional(),
  CLICKHOUSE_PORT: z.string().regex(/^\d+$/, 'expected a port number').optional(),
  CLICKHOUSE_USERNAME: z.string().optional(),
  CLICKHOUSE_PASSWORD: z.string().optional(),
});

/** Reads every setting of the stack; one error names all that is wrong. A relative data folder is relative to the repository. */
export function resolveSettings(env: Env, repoDir: string): StackSettings {
  const parsed = schema.safeParse(withoutBlanks(env));
  const problems = parsed.success ? [] : parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
  if (env['FINEPRINT_PROVIDER'] === 'external') {
    for (const key of externalKeys) {
      if (!env[key]) problems.push(`${key}: required when FINEPRINT_PROVIDER=external`);
    }
  }
  if (!parsed.success || problems.length > 0) {
    throw new StackError(
      'SETTINGS_INVALID',
      `The stack's settings are not valid:\n  ${problems.join('\n  ')}`,
      'Correct or unset these environment variables.',
    );
  }
  const value = parsed.data;
  return {
    repoDir,
    dataDir: path.resolve(repoDir, value.FINEPRINT_DATA_DIR),
    partsDir: path.join(repoDir, '.fineprint', 'parts'),
    provider: value.FINEPRINT_PROVIDER,
    portOffset: value.FINEPRINT_PORT_OFFSET,
    ports: portsFor(value.FINEPRINT_PORT_OFFSET),
    kafkaJvmOpts: value.FINEPRINT_KAFKA_JVM_OPTS.split(/\s+/).filter(Boolean),
    tlsDir:
      value.FINEPRINT_TLS_DIR === undefined ? undefined : path.resolve(repoDir, value.FINEPRINT_TLS_DIR),
    external: externalFrom(value),
  };
}

/** A variable set to nothing counts as not set, as in compose files and CI forms. */
function withoutBlanks(env: Env): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) if (value) kept[key] = value;
  return kept;
}

function externalFrom(value: z.output<typeof schema>): ExternalEndpoints | undefined {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, REDIS_URL, CLICKHOUSE_HOST } = value;
  if (!KAFKA_BROKERS || !SCHEMA_REGISTRY_URL || !DATABASE_URL || !REDIS_URL || !CLICKHOUSE_HOST)
    return undefined;
  return {
    kafkaBrokers: KAFKA_BROKERS,
    schemaRegistryUrl: withLogin(SCHEMA_REGISTRY_URL, value),
    databaseUrl: withAuthority(DATABASE_URL, value.DATABASE_CA_FILE),
    redisUrl: REDIS_URL,
    clickhouseHost: CLICKHOUSE_HOST,
    clickhousePort: value.CLICKHOUSE_PORT,
    clickhouseUsername: value.CLICKHOUSE_USERNAME,
    clickhousePassword: value.CLICKHOUSE_PASSWORD,
  };
}

/** The registry's login as part of its address, as all of its clients take it. */
function withLogin(address: string, value: z.output<typeof schema>): string {
  if (value.SCHEMA_REGISTRY_USERNAME === undefined) return address;
  const withUser = new URL(address);
  withUser.username = value.SCHEMA_REGISTRY_USERNAME;
  withUser.password = value.SCHEMA_REGISTRY_PASSWORD ?? '';
  return withUser.href;
}
