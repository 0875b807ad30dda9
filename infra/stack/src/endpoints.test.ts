import { expect, test } from 'vitest';
import { endpointsEnv, externalEndpoints } from './endpoints.ts';

const servers = {
  kafkaBrokers: 'k:9092',
  schemaRegistryUrl: 'http://r:8081',
  databaseUrl: 'postgresql://u:p@d/x',
  redisUrl: 'redis://r:6379',
  clickhouseHost: 'ch.example',
  clickhousePort: undefined,
  clickhouseUsername: undefined,
  clickhousePassword: undefined,
};

test.each([
  ['localhost', undefined, 'http://localhost:8123'],
  ['localhost', '9999', 'http://localhost:9999'],
  ['http://ch:8124', undefined, 'http://ch:8124'],
  ['https://ch.example', '8443', 'https://ch.example:8443'],
  ['https://ch.example', undefined, 'https://ch.example'],
])('CLICKHOUSE_HOST %s with port %s is %s', (clickhouseHost, clickhousePort, url) => {
  expect(externalEndpoints({ ...servers, clickhouseHost, clickhousePort }).clickhouseUrl).toBe(url);
});

test('services get a plain host with its port, and a whole URL only where TLS needs it', () => {
  expect(endpointsEnv(externalEndpoints(servers))).toMatchObject({
    CLICKHOUSE_HOST: 'ch.example',
    CLICKHOUSE_PORT: '8123',
    CLICKHOUSE_USERNAME: 'default',
  });
  const secure = externalEndpoints({ ...servers, clickhouseHost: 'https://ch.example' });
  expect(endpointsEnv(secure)).toMatchObject({
    CLICKHOUSE_HOST: 'https://ch.example',
    CLICKHOUSE_PORT: '443',
  });
});
