import {
  atRestFields,
  batchFields,
  type ConfigOf,
  type ConfigProblem,
  eventTimeFields,
  integer,
  kafkaFields,
  kafkaRule,
  list,
  loadConfig,
  loginFields,
  metricsFields,
  milliseconds,
  optional,
  portField,
  postgresFields,
  redisFields,
  registryFields,
  serviceFields,
  text,
  url,
  withDefault,
} from '@fineprint/service-config';
import type { CorsOrigins } from './http/cors.ts';
import type { IngestSettings } from './http/ingest-handler.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const bytes = (min: number, max: number) => integer({ min, max, unit: 'bytes' });
export const gatewayFields = {
  ...serviceFields,
  ...portField(3007),
  ...kafkaFields,
  ...registryFields,
  ...postgresFields,
  ...redisFields,
  ...metricsFields,
  ...loginFields,
  // Events a request may hold.
  ...batchFields,
  MAX_BODY_BYTES: withDefault(bytes(KIB, 64 * MIB), 5 * MIB),
  MAX_EVENT_CHARS: withDefault(integer({ min: 256, max: MIB, unit: 'characters' }), 900_000),
  MAX_JSON_DEPTH: withDefault(integer({ min: 2, max: 1_000, unit: 'levels' }), 100),
  MAX_JSON_KEYS: withDefault(integer({ min: 10, max: 100_000, unit: 'keys per event' }), 2_000),
  // Bodies that all requests together may hold in memory, and records that may wait for Kafka.
  MAX_IN_FLIGHT_BYTES: withDefault(bytes(MIB, 8_192 * MIB), 128 * MIB),
  MAX_QUEUED_BYTES: withDefault(bytes(MIB, 8_192 * MIB), 64 * MIB),
  MAX_CONNECTIONS: withDefault(integer({ min: 1, max: 1_000_000 }), 10_000),
  // Where reads of /api/v1/ go on to, so that one address serves both; without it they are not found here.
  QUERY_API_URL: optional(url(['http:', 'https:'])),
  MAX_READS_IN_FLIGHT: withDefault(integer({ min: 1, max: 100_000, unit: 'requests' }), 256),
  LINGER_MS: withDefault(milliseconds(0, 1_000), 1),
  ACK_TIMEOUT_MS: withDefault(milliseconds(100, 60_000), 10_000),
  ...atRestFields,
  // Where events wait on disk while Kafka is away, each gateway its own; without it they are refused meanwhile.
  SPOOL_DIR: optional(text('a directory that outlives the process')),
  SPOOL_MAX_BYTES: withDefault(bytes(MIB, 1_024 * 1_024 * MIB), 1_024 * MIB),
  // Without an acknowledgement for so long, Kafka is taken for away.
  SPOOL_AFTER_MS: withDefault(milliseconds(100, 30_000), 2_000),
  RATE_LIMIT_EVENTS_PER_SECOND: withDefault(integer({ min: 1, max: 100_000_000 }), 50_000),
  ...eventTimeFields,
  // Pages that may use write keys which name no origins; a key that names some is used from those.
  CORS_ORIGINS: withDefault(list('origins of pages, comma-separated, or * for all'), []),
  WRITE_KEY_REFRESH_MS: withDefault(milliseconds(250, 5_000), 2_000),
  WRITE_KEY_GRACE_SECONDS: withDefault(integer({ min: 5, max: 86_400, unit: 'seconds' }), 900),
  // How long it waits for its parts before it listens without them.
  LISTEN_WITHIN_MS: withDefault(milliseconds(0, 60_000), 10_000),
  // After SIGTERM: how long /ready says no before connections are refused, so that load balancers notice.
  DRAIN_DELAY_MS: withDefault(milliseconds(0, 60_000), 0),
  // On a stop, connections that say nothing for so long are closed.
  DRAIN_LINGER_MS: withDefault(milliseconds(0, 20_000), 1_000),
};

export type GatewayConfig = ConfigOf<typeof gatewayFields>;

export const SERVICE = 'ingest-gateway';

export const loadGatewayConfig = (): GatewayConfig =>
  loadConfig(gatewayFields, { service: SERVICE, rules: [kafkaRule, spoolRule] });

/** The answer must still be told after the spool took over. */
function spoolRule(config: ConfigOf<typeof gatewayFields>): ConfigProblem[] {
  const { SPOOL_DIR: directory, SPOOL_AFTER_MS: afterMs, ACK_TIMEOUT_MS: timeoutMs } = config;
  if (directory === undefined || afterMs < timeoutMs) return [];
  const expected = `less than ACK_TIMEOUT_MS (${timeoutMs})`;
  return [{ variable: 'SPOOL_AFTER_MS', problem: 'leaves no time for the spool', expected }];
}

const HOUR_MS = 3_600_000;

export function ingestSettings(config: GatewayConfig): IngestSettings {
  return {
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxEventChars: config.MAX_EVENT_CHARS,
    maxItems: config.BATCH_SIZE,
    maxDepth: config.MAX_JSON_DEPTH,
    maxKeys: config.MAX_JSON_KEYS,
    timeBounds: {
      maxAgeMs: config.MAX_EVENT_AGE_DAYS * 24 * HOUR_MS,
      maxFutureMs: config.MAX_EVENT_FUTURE_HOURS * HOUR_MS,
    },
  };
}

export function corsOrigins({ CORS_ORIGINS: origins }: GatewayConfig): CorsOrigins {
  return origins.includes('*') ? '*' : new Set(origins);
}
