/** The real parts under the pipeline, in the order they are shown. */
export const PART_NAMES = ['kafka', 'registry', 'clickhouse', 'postgres', 'redis'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Parts that run only when asked for, as processes beside whichever provider. */
export const OPTIONAL_PART_NAMES = ['snowflake'] as const;
export type OptionalPartName = (typeof OPTIONAL_PART_NAMES)[number];

/** The addresses everything binds to: nothing here is reachable from another machine. */
export const LOOPBACK = '127.0.0.1';

export const PORT_BASES = {
  kafka: 9092,
  kafkaController: 9093,
  /** With FINEPRINT_TLS_DIR only. */
  kafkaTls: 9094,
  registry: 8081,
  clickhouse: 8123,
  postgres: 5432,
  redis: 6379,
  snowflake: 8090,
  gateway: 3007,
  queryApi: 3008,
  scrubber: 3101,
  loader: 3102,
  aiAggregator: 3103,
  driftMonitor: 3104,
  funnelBuilder: 3105,
  personBuilder: 3106,
  reconciler: 3109,
  postgresLoader: 3110,
  jobRunner: 3116,
  forwarderMixpanel: 3112,
  forwarderAmplitude: 3113,
  forwarderSegment: 3114,
  forwarderWebhooks: 3115,
  snowflakeLoader: 3111,
  alertManager: 3117,
  /** Where mails go if no server is named: what listens here is not ours. */
  smtp: 1025,
} as const;

export type PortName = keyof typeof PORT_BASES;
export type Ports = Readonly<Record<PortName, number>>;

export function portsFor(offset: number): Ports {
  const moved: Record<string, number> = {};
  for (const [name, base] of Object.entries(PORT_BASES)) moved[name] = base + offset;
  return moved as Ports;
}

const HIGHEST_BASE = Math.max(...Object.values(PORT_BASES));
export const MAX_PORT_OFFSET = 65_535 - HIGHEST_BASE;

/** The database names every provider creates. */
export const POSTGRES_DATABASE = 'fineprintai';
export const POSTGRES_USER = 'fineprint';
export const CLICKHOUSE_DATABASE = 'fineprint';
export const CLICKHOUSE_USER = 'fineprint';
export const CLICKHOUSE_READER = 'analyst';
export const CLICKHOUSE_MASKED_DATABASE = 'fineprint_masked';
/** Reads people masked, and nothing else. */
export const CLICKHOUSE_MASKED_READER = 'masked';
