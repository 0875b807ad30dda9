import {
  about,
  type ConfigOf,
  type ConfigProblem,
  clickhouseFields,
  defineSettings,
  integer,
  loginFields,
  metricsFields,
  milliseconds,
  optional,
  portField,
  postgresFields,
  realtimeFields,
  serviceFields,
  text,
  url,
  withDefault,
} from '@fineprint/service-config';
import { z } from 'zod';

const currencyCode = z
  .string()
  .regex(/^[A-Z]{3}$/, 'is not three capital letters')
  .describe('an ISO 4217 currency code');

export const queryFields = {
  ...serviceFields,
  ...portField(3008),
  ...realtimeFields,
  ...postgresFields,
  ...clickhouseFields,
  ...metricsFields,
  ...loginFields,
  OIDC_ISSUER: about(
    'An identity provider whose tokens are taken beside API keys; off unless its issuer, audience and keys are set.',
    optional(text('the `iss` of its tokens, exactly')),
  ),
  OIDC_AUDIENCE: about('Who its tokens are for.', optional(text('the `aud` that is this service'))),
  OIDC_JWKS_URL: about('Where its keys are.', optional(url(['https:', 'http:']))),
  OIDC_ROLE_CLAIM: about(
    'Where its tokens say the role.',
    withDefault(text('the claim with the role, or a list that holds it; dots go into objects'), 'roles'),
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

export const settings = defineSettings(SERVICE, queryFields, [oidcRule]);

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
