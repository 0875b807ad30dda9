import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderUpSummary, type UpSummary } from './summary.ts';

const summary: UpSummary = {
  provider: 'native',
  dataDir: '/d',
  elapsedMs: 1,
  gatewayUrl: 'http://127.0.0.1:3007',
  writeKey: 'fpk_abc',
  queryApiUrl: 'http://127.0.0.1:3008',
  dashboardUrl: 'http://127.0.0.1:3007/dashboard',
  apiKey: 'fpa_abc',
  clickhouseUrl: 'http://127.0.0.1:8123',
  clickhouseUser: 'analyst',
  clickhousePassword: 'readable',
  kafkaBrokers: '127.0.0.1:9092',
  schemaRegistryUrl: 'http://127.0.0.1:8081',
  databaseUrl: 'postgresql://fineprint:hidden1@127.0.0.1:5432/fineprintai',
  redisUrl: 'redis://:hidden2@127.0.0.1:6379',
  services: {},
};

test('the first event can be copied as it is', () => {
  const text = stripVTControlCharacters(renderUpSummary(summary));
  expect(text).toContain(
    "curl -sS -w '\\n' http://127.0.0.1:3007/api/v1/product/events -H 'Authorization: Bearer fpk_abc'",
  );
  const body = /-d '(.*)'/.exec(text)?.[1] ?? '';
  expect(JSON.parse(body)).toMatchObject({ event_name: 'hello' });
});

test('where to read from and with what is shown', () => {
  const text = stripVTControlCharacters(renderUpSummary(summary));
  expect(text).toContain('http://127.0.0.1:3007/dashboard#key=fpa_abc');
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:3008\/api\/v1\/ai\/models\n.*fpa_abc/);
});

test("the analyst's password is shown, the stores' own are not", () => {
  const text = renderUpSummary(summary);
  expect(text).toContain('readable');
  expect(text).not.toMatch(/hidden/);
});
