import { z } from 'zod';
import { FaceError } from './errors.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

const integer = (min: number, max: number, fallback: number) =>
  z.preprocess(
    (value) => (value === '' ? undefined : value),
    z.coerce.number().int().min(min).max(max).default(fallback),
  );

const environmentSchema = z.object({
  CLICKHOUSE_FACE_DATA_DIR: z.string().startsWith('/', 'an absolute path'),
  CLICKHOUSE_FACE_USERS_FILE: z.string().min(1),
  CLICKHOUSE_FACE_HOST: z.string().min(1).default('127.0.0.1'),
  CLICKHOUSE_FACE_PORT: integer(1, 65_535, 8123),
  CLICKHOUSE_FACE_MAX_MEMORY_BYTES: integer(512 * MEBIBYTE, 1024 * GIBIBYTE, 4 * GIBIBYTE),
  CLICKHOUSE_FACE_MAX_QUERY_MEMORY_BYTES: integer(64 * MEBIBYTE, 1024 * GIBIBYTE, 2 * GIBIBYTE),
  CLICKHOUSE_FACE_MAX_CONNECTIONS: integer(2, 10_000, 1_024),
  CLICKHOUSE_FACE_MAX_CONCURRENT_QUERIES: integer(1, 10_000, 100),
  CLICKHOUSE_FACE_READONLY_MAX_EXECUTION_SECONDS: integer(1, 86_400, 300),
  CLICKHOUSE_FACE_START_TIMEOUT_MS: integer(1_000, 3_600_000, 120_000),
  CLICKHOUSE_FACE_DRAIN_TIMEOUT_MS: integer(0, 600_000, 20_000),
});

export type FaceConfig = {
  readonly dataDir: string;
  readonly usersFile: string;
  readonly host: string;
  readonly port: number;
  readonly maxServerMemoryBytes: number;
  readonly maxQueryMemoryBytes: number;
  readonly maxConnections: number;
  readonly maxConcurrentQueries: number;
  readonly readonlyMaxExecutionSeconds: number;
  readonly startTimeoutMs: number;
  readonly drainTimeoutMs: number;
};

/** Reads the environment; reports every problem at once. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): FaceConfig {
  const result = environmentSchema.safeParse(environment);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new FaceError('CONFIG_INVALID', `set these environment variables right: ${problems.join('; ')}`);
  }
  const env = result.data;
  return {
    dataDir: env.CLICKHOUSE_FACE_DATA_DIR.replace(/\/+$/, ''),
    usersFile: env.CLICKHOUSE_FACE_USERS_FILE,
    host: env.CLICKHOUSE_FACE_HOST,
    port: env.CLICKHOUSE_FACE_PORT,
    maxServerMemoryBytes: env.CLICKHOUSE_FACE_MAX_MEMORY_BYTES,
    maxQueryMemoryBytes: env.CLICKHOUSE_FACE_MAX_QUERY_MEMORY_BYTES,
    maxConnections: env.CLICKHOUSE_FACE_MAX_CONNECTIONS,
    maxConcurrentQueries: env.CLICKHOUSE_FACE_MAX_CONCURRENT_QUERIES,
    readonlyMaxExecutionSeconds: env.CLICKHOUSE_FACE_READONLY_MAX_EXECUTION_SECONDS,
    startTimeoutMs: env.CLICKHOUSE_FACE_START_TIMEOUT_MS,
    drainTimeoutMs: env.CLICKHOUSE_FACE_DRAIN_TIMEOUT_MS,
  };
}
