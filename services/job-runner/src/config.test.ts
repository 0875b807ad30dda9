import { readConfig } from '@fineprint/service-config';
import { expect, it } from 'vitest';
import { jobRunnerFields, jobRunnerRules } from './config.ts';

const ENV = {
  KAFKA_BROKERS: 'kafka:9092',
  SCHEMA_REGISTRY_URL: 'http://registry',
  DATABASE_URL: 'postgres://db/x',
  REDIS_URL: 'redis://redis',
  CLICKHOUSE_HOST: 'clickhouse',
};
const read = (env: Record<string, string>) =>
  readConfig(jobRunnerFields, { ...ENV, ...env }, { service: 'job-runner', rules: jobRunnerRules });

it('needs no Snowflake, and all of one where an account is named', () => {
  expect(read({}).SNOWFLAKE_ACCOUNT).toBeUndefined();
  expect(() => read({ SNOWFLAKE_ACCOUNT: 'a' })).toThrow('SNOWFLAKE_USERNAME');
  expect(() => read({ SNOWFLAKE_ACCOUNT: 'a', SNOWFLAKE_USERNAME: 'u' })).toThrow('SNOWFLAKE_PASSWORD');
  const all = { SNOWFLAKE_ACCOUNT: 'a', SNOWFLAKE_USERNAME: 'u', SNOWFLAKE_PASSWORD: 'p' };
  expect(read(all).SNOWFLAKE_ACCOUNT).toBe('a');
});

it('refuses limits that nobody could keep', () => {
  expect(() =>
    read({ RETENTION_OVERRIDES: 'product.events.raw=90d,typo=1d', RETENTION_HOLDS: 'all' }),
  ).toThrow(/RAW_RETENTION_HOURS[\s\S]*typo[\s\S]*data set all/);
});
