import { expect, test } from 'vitest';
import { services, wantedServices } from '../services.ts';
import { checkServices, problemsOf } from './check-services.ts';

const ALL = {
  DATABASE_URL: 'postgresql://user:pass@localhost:5432/fineprintai',
  REDIS_URL: 'redis://localhost:6379',
  MIXPANEL_TOKEN: 'your_mixpanel_token',
  AMPLITUDE_API_KEY: 'your_amplitude_key',
  SEGMENT_WRITE_KEY: 'your_segment_key',
  SNOWFLAKE_ACCOUNT: 'your_account',
  SNOWFLAKE_USERNAME: 'your_username',
  SNOWFLAKE_PASSWORD: 'your_password',
  CLICKHOUSE_HOST: 'localhost',
  CLICKHOUSE_USERNAME: 'default',
  CLICKHOUSE_PASSWORD: 'password',
  ENABLE_PII_DETECTION: 'true',
  ENABLE_DATA_ANONYMIZATION: 'true',
  DATA_RETENTION_DAYS: '365',
  GDPR_COMPLIANT: 'true',
  CCPA_COMPLIANT: 'true',
  ENABLE_METRICS: 'true',
  METRICS_INTERVAL: '60000',
  ENABLE_REALTIME_PROCESSING: 'true',
  BATCH_SIZE: '1000',
};

test("the product document's own example is valid for a local stack", () => {
  const wanted = wantedServices(ALL);
  expect(wanted.map((s) => s.name)).toEqual(
    expect.arrayContaining(['forwarder-mixpanel', 'forwarder-segment', 'snowflake-loader']),
  );
  const checked = checkServices(wanted, ALL, 'local');
  expect(problemsOf(checked)).toEqual([]);
  expect(checked.flatMap((c) => c.unknown)).toEqual([]);
});

test('what is wrong is told once, with every service that has it', () => {
  const wrong = {
    ...ALL,
    METRICS_INTERVAL: 'often',
    BATCH_SIZE: '0',
    WEBHOOK_BASE_URL: 'no',
    WEBHOOK_SECRET: 's',
  };
  const problems = problemsOf(checkServices(wantedServices(wrong), wrong, 'local'));
  expect(problems.map((p) => [p.variable, p.services.length])).toEqual([
    ['BATCH_SIZE', 1],
    ['METRICS_INTERVAL', wantedServices(wrong).length],
    ['WEBHOOK_BASE_URL', 4], // each forwarder reads them all
  ]);
});

test('a container gets nothing but the environment', () => {
  const gateway = services.filter((s) => s.name === 'ingest-gateway');
  const problems = problemsOf(checkServices(gateway, ALL, 'deployed'));
  expect(problems.map((p) => p.variable)).toEqual(['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL']);
});

test('a forwarder gets the keys of its destination only', () => {
  const mixpanel = services.filter((s) => s.name === 'forwarder-mixpanel');
  const [checked] = checkServices(mixpanel, { MIXPANEL_TOKEN: 'a' }, 'local');
  const sourceOf = (variable: string) => checked?.settings.find((s) => s.variable === variable)?.source;
  expect([sourceOf('MIXPANEL_TOKEN'), sourceOf('AMPLITUDE_API_KEY')]).toEqual(['environment', 'not set']);
});

test('personal data is not stored in production by one letter', () => {
  const scrubber = services.filter((s) => s.name === 'pii-scrubber');
  const problems = (env: Record<string, string>) =>
    problemsOf(checkServices(scrubber, { ...ALL, ...env }, 'local')).map((p) => p.text);
  const off = { NODE_ENV: 'production', ENABLE_PII_DETECTION: 'false' };
  expect(problems(off)).toEqual([expect.stringContaining('ENABLE_PII_DETECTION: is false in production')]);
  expect(problems({ ...off, PII_DETECTION_OFF_CONFIRMED: 'true' })).toEqual([]);
  expect(problems({ ...off, NODE_ENV: 'development' })).toEqual([]);
});
