import { existsSync } from 'node:fs';
import path from 'node:path';
import { REPO_DIR, type Stack } from '@fineprint/stack';
import { nodes } from '@fineprint/topology';
import { expect, test } from 'vitest';
import { serviceSpec, services } from './services.ts';

const stack = {
  settings: {
    dataDir: '/data',
    ports: {
      gateway: 3007,
      scrubber: 3101,
      loader: 3102,
      aiAggregator: 3103,
      driftMonitor: 3104,
      queryApi: 3008,
      jobRunner: 3116,
    },
  },
  secrets: { get: (name: string) => `secret of ${name}` },
  endpoints: { clickhouseReader: { username: 'analyst', password: 'readable' } },
  env: { KAFKA_BROKERS: '127.0.0.1:9092' },
} as unknown as Stack;

test('every node of the DAG is started, and the query API, by programs that exist', () => {
  expect(services.map((s) => s.name).sort()).toEqual([...Object.keys(nodes), 'query-api'].sort());
  for (const service of services) {
    const main = serviceSpec(service, stack, {}).args.at(-1);
    expect(existsSync(path.join(REPO_DIR, main ?? ''))).toBe(true);
  }
});

const specOf = (name: string, env: Record<string, string>) => {
  const service = services.find((s) => s.name === name);
  if (service === undefined) throw new Error(name);
  return serviceSpec(service, stack, env);
};

test('a service gets the addresses, its port, and the settings that the user gave, nothing else', () => {
  expect(
    specOf('ingest-gateway', { LOG_LEVEL: 'debug', PORT: '1', HOME: '/root', BATCH_SIZE: '' }).env,
  ).toEqual({
    KAFKA_BROKERS: '127.0.0.1:9092',
    LOG_LEVEL: 'debug',
    HOST: '127.0.0.1',
    PORT: '3007',
    QUERY_API_URL: 'http://127.0.0.1:3008',
    SPOOL_DIR: '/data/spool',
  });
});

test('the key of pseudonyms is the local one, or the one given', () => {
  expect(specOf('pii-scrubber', {}).env['PII_PSEUDONYM_KEY']).toBe('secret of piiPseudonymKey');
  expect(specOf('pii-scrubber', { PII_PSEUDONYM_KEY: 'mine' }).env['PII_PSEUDONYM_KEY']).toBe('mine');
});

test('the query API reads as the account that can only read', () => {
  expect(specOf('query-api', { CLICKHOUSE_USERNAME: 'mine' }).env).toMatchObject({
    CLICKHOUSE_USERNAME: 'analyst',
    CLICKHOUSE_PASSWORD: 'readable',
  });
});
