import {
  about,
  atRestFields,
  batchFields,
  type ConfigOf,
  type ConfigProblem,
  defineSettings,
  eventTimeFields,
  integer,
  kafkaFields,
  kafkaRule,
  list,
  loginFields,
  metricsFields,
  milliseconds,
  optional,
  portField,
  postgresFields,
  redisFields,
  registryFields,
  samplingFields,
  serviceFields,
  text,
  tracingFields,
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
  ...tracingFields,
  ...samplingFields,
  ...loginFields,
  // Events a request may hold.
  ...batchFields,
  MAX_BODY_BYTES: about('The largest body of a request.', withDefault(bytes(KIB, 64 * MIB), 5 * MIB)),
  MAX_EVENT_CHARS: about(
    'The largest event.',
    withDefault(integer({ min: 256, max: MIB, unit: 'characters' }), 900_000),
  ),
  MAX_JSON_DEPTH: about(
    'How deep an event may be nested.',
    withDefault(integer({ min: 2, max: 1_000, unit: 'levels' }), 100),
  ),
  MAX_JSON_KEYS: about(
    'How many keys an event may have.',
    withDefault(integer({ min: 10, max: 100_000, unit: 'keys per event' }), 2_000),
  ),
  MAX_IN_FLIGHT_BYTES: about(
    'Bodies that all requests together may hold in memory.',
    withDefault(bytes(MIB, 8_192 * MIB), 128 * MIB),
  ),
  MAX_QUEUED_BYTES: about('Records that may wait for Kafka.', withDefault(bytes(MIB, 8_192 * MIB), 64 * MIB)),
  MAX_CONNECTIONS: about('Connections at a time.', withDefault(integer({ min: 1, max: 1_000_000 }), 10_000)),
  QUERY_API_URL: about(
    'Where reads of /api/v1/ go on to, so that one address serves both; without it they are not found here.',
    optional(url(['http:', 'https:'])),
  ),
  MAX_READS_IN_FLIGHT: about(
    'Reads under way at a time.',
    withDefault(integer({ min: 1, max: 100_000, unit: 'requests' }), 256),
  ),
  LINGER_MS: about(
    'How long a record may wait for others to be written with it.',
    withDefault(milliseconds(0, 1_000), 1),
  ),
  ACK_TIMEOUT_MS: about(
    "How long a request waits for Kafka's acknowledgement before it is answered 503.",
    withDefault(milliseconds(100, 60_000), 10_000),
  ),
  ...atRestFields,
  SPOOL_DIR: about(
    'Where events wait on disk while Kafka is away, each gateway its own; without it they are refused meanwhile.',
    optional(text('a directory that outlives the process')),
  ),
  SPOOL_MAX_BYTES: about(
    'How much may wait on disk.',
    withDefault(bytes(MIB, 1_024 * 1_024 * MIB), 1_024 * MIB),
  ),
  SPOOL_AFTER_MS: about(
    'Without an acknowledgement for so long, Kafka is taken for away.',
    withDefault(milliseconds(100, 30_000), 2_000),
  ),
  RATE_LIMIT_EVENTS_PER_SECOND: about(
    'Events that one write key may send, per instance.',
    withDefault(integer({ min: 1, max: 100_000_000 }), 50_000),
  ),
  ...eventTimeFields,
  CORS_ORIGINS: about(
    'Pages that may use write keys which name no origins; a key that names some is used from those.',
    withDefault(list('origins of pages, comma-separated, or * for all'), []),
  ),
  WRITE_KEY_REFRESH_MS: about(
    'A revoked write key is refused at the latest after so long.',
    withDefault(milliseconds(250, 5_000), 2_000),
  ),
  WRITE_KEY_GRACE_SECONDS: about(
    'How long known write keys serve while Postgres is away.',
    withDefault(integer({ min: 5, max: 86_400, unit: 'seconds' }), 900),
  ),
  LISTEN_WITHIN_MS: about(
    'How long it waits for its parts before it listens without them.',
    withDefault(milliseconds(0, 60_000), 10_000),
  ),
  DRAIN_DELAY_MS: about(
    'After SIGTERM: how long /ready says no before connections are refused, so that load balancers notice.',
    withDefault(milliseconds(0, 60_000), 0),
  ),
  DRAIN_LINGER_MS: about(
    'On a stop, connections that say nothing for so long are closed.',
    withDefault(milliseconds(0, 20_000), 1_000),
  ),
};

export type GatewayConfig = ConfigOf<typeof gatewayFields>;

export const SERVICE = 'ingest-gateway';

export const settings = defineSettings(SERVICE, gatewayFields, [kafkaRule, spoolRule]);

export const loadGatewayConfig = (): GatewayConfig => settings.load();

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
