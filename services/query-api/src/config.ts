import {
  about,
  atRestFields,
  type ConfigOf,
  type ConfigProblem,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaFields,
  kafkaRule,
  list,
  loginFields,
  metricsFields,
  milliseconds,
  oidcFields,
  optional,
  portField,
  postgresFields,
  privacyArchiveFields,
  realtimeFields,
  secret,
  serviceFields,
  subjectKeyFields,
  withDefault,
} from '@fineprint/service-config';
import { z } from 'zod';

const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, 'is not three capital letters')
  .describe('an ISO 4217 currency code');

const stageUrls = z
  .string()
  .transform((text, context) => {
    const urls = new Map<string, string>();
    for (const part of text.split(',')) {
      const [, stage, url = ''] = /^\s*([a-z-]+)=(https?:\/\/\S+?)\/*\s*$/.exec(part) ?? [];
      if (stage !== undefined && URL.canParse(url)) urls.set(stage, url);
      else context.addIssue({ code: 'custom', message: 'is no list of stage=URL' });
    }
    return urls as ReadonlyMap<string, string>;
  })
  .describe('stage=URL, comma-separated, as in pii-scrubber=http://localhost:3101');

export const queryFields = {
  ...serviceFields,
  ...portField(3008),
  ...realtimeFields,
  ...postgresFields,
  ...clickhouseFields,
  ...metricsFields,
  ...loginFields,
  AUDIT_HASH_KEY: about(
    'Makes the hashes by which the audit log names people; without it entries do not say whom they are about.',
    optional(secret('a key of your own making, the same for all instances')),
  ),
  ...oidcFields,
  // Without the key, requests of people for access and erasure are not taken.
  ...subjectKeyFields,
  ...privacyArchiveFields,
  ...atRestFields,
  // For what flows right now. Everything else works without.
  ...kafkaFields,
  KAFKA_BROKERS: about(
    'Where Kafka is, for what the dashboard shows of what flows right now; the rest works without.',
    optional(list('host:port of the brokers, comma-separated')),
  ),
  STAGE_URLS: about(
    'Where the stages answer /ready: so the dashboard tells a stage that is frozen from one that has nothing to do.',
    optional(stageUrls),
  ),
  MAX_CONNECTIONS: about('Connections at a time.', withDefault(integer({ min: 1, max: 1_000_000 }), 2_000)),
  QUERY_TIMEOUT_MS: about('What one question may take.', withDefault(milliseconds(100, 300_000), 10_000)),
  MAX_QUERIES: about(
    'How many questions ClickHouse is asked at a time.',
    withDefault(integer({ min: 1, max: 1_000, unit: 'queries at a time' }), 32),
  ),
  EXPORT_TIMEOUT_MS: about(
    "What one export may take, from its first row to its last. The account's own limit holds too.",
    withDefault(milliseconds(1_000, 3_600_000), 300_000),
  ),
  MAX_EXPORTS: about(
    'How many exports may run at a time.',
    withDefault(integer({ min: 1, max: 1_000, unit: 'exports at a time' }), 4),
  ),
  WINDOW_CACHE_MIB: about(
    'Memory for windows that were read.',
    withDefault(integer({ min: 16, max: 65_536, unit: 'MiB' }), 256),
  ),
  WARM_UP_DAYS: about(
    'How many days of windows are read before anybody asks.',
    withDefault(integer({ min: 0, max: 3_660, unit: 'days' }), 31),
  ),
  ANSWER_STALE_MS: about(
    'How long an answer may still be given after the data have changed, while the new one is made. 0: never.',
    withDefault(milliseconds(0, 60_000), 1_000),
  ),
  RATE_LIMIT_REQUESTS_PER_SECOND: about(
    'Requests of one API key, per instance.',
    withDefault(integer({ min: 1, max: 1_000_000 }), 500),
  ),
  MAX_STREAMS: about(
    'Open event streams at a time.',
    withDefault(integer({ min: 1, max: 100_000, unit: 'open event streams' }), 200),
  ),
  SEGMENT_REFRESH_MS: about(
    'How often figures of segments are counted again where events came.',
    withDefault(milliseconds(250, 3_600_000), 15_000),
  ),
  SEGMENT_CURRENCY: about(
    'In which currency lifetime values of segments are.',
    withDefault(currencyCode, 'USD'),
  ),
  API_KEY_REFRESH_MS: about(
    'A revoked API key is refused at the latest after so long.',
    withDefault(milliseconds(250, 5_000), 2_000),
  ),
  API_KEY_GRACE_SECONDS: about(
    'How long known API keys serve while Postgres is away.',
    withDefault(integer({ min: 5, max: 86_400, unit: 'seconds' }), 900),
  ),
  DRAIN_DELAY_MS: about(
    'After SIGTERM: how long /ready says no before connections are refused, so that load balancers notice.',
    withDefault(milliseconds(0, 60_000), 0),
  ),
};

export type QueryConfig = ConfigOf<typeof queryFields>;

export const SERVICE = 'query-api';

const kafkaRuleIfNamed = (config: QueryConfig): ConfigProblem[] =>
  config.KAFKA_BROKERS === undefined ? [] : kafkaRule({ ...config, KAFKA_BROKERS: config.KAFKA_BROKERS });

export const settings = defineSettings(SERVICE, queryFields, [oidcRule, kafkaRuleIfNamed]);

export const loadQueryConfig = (): QueryConfig => settings.load();

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/** An identity provider is configured whole or not at all, and its keys are not read over a wire that others may write to. */
export function oidcRule(config: QueryConfig): ConfigProblem[] {
  const names = ['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_JWKS_URL'] as const;
  const missing = names.filter((name) => config[name] === undefined);
  if (missing.length > 0 && missing.length < names.length) {
    const expected = `a value, because ${names.filter((name) => !missing.includes(name)).join(' and ')} is set`;
    return missing.map((variable) => ({ variable, problem: 'is not set', expected }));
  }
  const { OIDC_JWKS_URL: jwks } = config;
  const { protocol = 'https:', hostname = '' } = jwks === undefined ? {} : new URL(jwks);
  if (protocol === 'https:' || LOOPBACK_HOSTS.includes(hostname)) return [];
  return [
    {
      variable: 'OIDC_JWKS_URL',
      problem: 'can be changed on its way',
      expected: 'https:// beyond this machine',
    },
  ];
}
