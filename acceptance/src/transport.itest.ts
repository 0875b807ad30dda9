import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { connectionProblem } from '@fineprint/connection-problem';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import {
  clickhouseAccount,
  clickhouseFields,
  kafkaFields,
  readConfig,
  redisFields,
  redisTls,
} from '@fineprint/service-config';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { startTlsProxy, type TlsProxy, useTestStack, writeCertificates } from '@fineprint/stack/testing';
import { connectKafka, connectRegistry } from '@fineprint/stream-runtime';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fineprintOn } from './fineprint.ts';
import { prepareStack } from './prepare-stack.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const SOURCE = `transport-${randomUUID().slice(0, 8)}`;
const EVENTS = 200;
const { tls, endpoints, env } = useTestStack();
const directory = tls?.directory ?? '';
const ca = path.join(directory, 'ca.crt');
/** An authority that signed nothing here. */
const strangers = mkdtempSync(path.join(tmpdir(), 'transport-'));
const foreignCa = path.join(strangers, 'ca.crt');

let services: ServiceProcess[] = [];
let proxies: readonly TlsProxy[] = [];
let secure: Record<string, string>;
let key: string;

/** Every part over TLS: Kafka and Postgres by themselves, the others behind a proxy. */
beforeAll(async () => {
  if (tls === undefined) return;
  writeCertificates(strangers);
  await prepareStack(SOURCE);
  const behind = [endpoints.schemaRegistryUrl, endpoints.redisUrl, endpoints.clickhouseUrl];
  proxies = await Promise.all(behind.map((url) => startTlsProxy(directory, Number(new URL(url).port))));
  const at = (url: string, protocol: string, proxy: TlsProxy | undefined) => {
    const port = new URL(url).port;
    return url.replace(/^\w+:/, protocol).replace(`:${port}`, `:${proxy?.port}`);
  };
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  key = (await createWriteKey(pool, { source: SOURCE })).key;
  await pool.end();
  secure = {
    ...env,
    NODE_ENV: 'production',
    PII_PSEUDONYM_KEY: randomUUID(),
    KAFKA_BROKERS: tls.kafkaBrokers,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA_FILE: ca,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: tls.kafkaUsername,
    KAFKA_SASL_PASSWORD: tls.kafkaPassword,
    SCHEMA_REGISTRY_URL: at(endpoints.schemaRegistryUrl, 'https:', proxies[0]),
    SCHEMA_REGISTRY_CA_FILE: ca,
    DATABASE_CA_FILE: ca,
    REDIS_URL: at(endpoints.redisUrl, 'rediss:', proxies[1]),
    REDIS_CA_FILE: ca,
    CLICKHOUSE_HOST: at(endpoints.clickhouseUrl, 'https:', proxies[2]),
    CLICKHOUSE_PORT: '',
    CLICKHOUSE_CA_FILE: ca,
  };
  services = await Promise.all([
    startService('ingest-gateway', secure),
    startService('pii-scrubber', secure),
    startService('warehouse-loader', secure),
    // Their settings are wrong in one point each, and they say so.
    startService('postgres-loader', { ...secure, DATABASE_CA_FILE: foreignCa }),
    startService('ingest-gateway', { ...secure, KAFKA_SASL_PASSWORD: 'wrong' }),
  ]);
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  rmSync(strangers, { recursive: true });
});

const reasons = async (service: ServiceProcess | undefined): Promise<string> =>
  fetch(`${service?.url}/ready`).then(
    (answer) => answer.text(),
    () => '',
  );

async function stored(): Promise<number> {
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  const client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  try {
    const answer = await client.query({
      query: `SELECT toUInt32(uniqExact(event_id)) AS n FROM fineprint.product_events WHERE source = {source:String}`,
      query_params: { source: SOURCE },
      format: 'JSONEachRow',
    });
    return (await answer.json<{ n: number }>())[0]?.n ?? 0;
  } finally {
    await client.close();
  }
}

describe.skipIf(tls === undefined)('TLS and logins', () => {
  it('events go from the gateway to ClickHouse with every connection encrypted', async () => {
    await Promise.all(services.slice(0, 3).map((service) => service.ready()));
    const events = Array.from({ length: EVENTS }, () => ({
      event_id: randomUUID(),
      event_name: 'encrypted',
    }));
    const answer = await fetch(`${services[0]?.url}/api/v1/product/events/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    expect(answer.status).toBe(202);
    await vi.waitFor(async () => expect(await stored()).toBe(EVENTS), { timeout: 60_000, interval: 250 });
  });

  it('a service that is not let in says why', async () => {
    const [, , , stranger, intruder] = services;
    await vi.waitFor(
      async () => expect(await reasons(stranger)).toContain('certificate of the server is not trusted'),
      {
        timeout: 30_000,
        interval: 250,
      },
    );
    await vi.waitFor(async () => expect(await reasons(intruder)).toContain('"code":"kafka_login_refused"'), {
      timeout: 30_000,
      interval: 250,
    });
    expect(intruder?.log()).not.toContain(tls?.kafkaPassword);
  });

  const connect = async (changed: Record<string, string>): Promise<string> => {
    const config = readConfig(kafkaFields, { ...secure, ...changed }, { service: 'test' });
    try {
      await (await connectKafka(kafkaClientSettings(config, SOURCE), () => undefined).admin()).close();
      return 'let in';
    } catch (error) {
      return String((error as { code?: unknown }).code);
    }
  };

  it('Kafka lets in by each mechanism, and nobody else; each refusal has a code of its own', async () => {
    const noLogin = { KAFKA_SASL_MECHANISM: '', KAFKA_SASL_USERNAME: '', KAFKA_SASL_PASSWORD: '' };
    const plainText = { KAFKA_SSL: '', KAFKA_SSL_CA_FILE: '' };
    const found = await Promise.all([
      connect({ KAFKA_SASL_MECHANISM: 'plain' }),
      connect({ KAFKA_SASL_MECHANISM: 'scram-sha-256' }),
      connect({}),
      connect({ KAFKA_SASL_PASSWORD: 'wrong' }),
      connect({ KAFKA_SSL_CA_FILE: foreignCa }),
      connect({ KAFKA_SSL_CA_FILE: '' }),
      connect(plainText),
      connect({ ...plainText, ...noLogin }),
      connect(noLogin),
      connect({ KAFKA_BROKERS: endpoints.kafkaBrokers }),
    ]);
    expect(found).toEqual([
      'let in',
      'let in',
      'let in',
      'kafka_login_refused',
      'kafka_certificate_untrusted',
      'kafka_certificate_untrusted',
      'kafka_tls_expected',
      'kafka_tls_expected',
      'kafka_login_expected',
      'kafka_tls_not_spoken',
    ]);
  });

  it('the registry, ClickHouse and Redis are known by their certificates too', async () => {
    await expect(connectRegistry(secure['SCHEMA_REGISTRY_URL'] ?? '').lookup(1)).rejects.toMatchObject({
      code: 'registry_certificate_untrusted',
    });
    const kindOf = (ended: Promise<unknown>) =>
      ended.then(
        () => 'let in',
        (error: unknown) => connectionProblem(error)?.kind,
      );
    const clickhouse = async (file: string) => {
      const config = readConfig(
        clickhouseFields,
        { ...secure, CLICKHOUSE_CA_FILE: file },
        { service: 'test' },
      );
      const client = createClient({ ...clickhouseAccount(config), log: { level: ClickHouseLogLevel.OFF } });
      return kindOf(client.command({ query: 'SELECT 1' })).finally(() => client.close());
    };
    const redis = async (file: string) => {
      const config = readConfig(redisFields, { ...secure, REDIS_CA_FILE: file }, { service: 'test' });
      const options = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null };
      const client = new Redis(config.REDIS_URL.reveal(), { ...options, ...redisTls(config) });
      let failure: unknown;
      client.on('error', (error: unknown) => (failure ??= error));
      return kindOf(client.ping().catch((error: unknown) => Promise.reject(failure ?? error))).finally(() =>
        client.disconnect(),
      );
    };
    expect([await clickhouse(ca), await clickhouse(foreignCa)]).toEqual(['let in', 'certificate_untrusted']);
    expect([await redis(ca), await redis(foreignCa)]).toEqual(['let in', 'certificate_untrusted']);
  });

  it('a command ends with 1 and the code', async () => {
    const { code, err } = await fineprintOn(useTestStack(), {
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: ca,
    }).run('topics', 'plan', '--json');
    expect([code, JSON.parse(err)]).toMatchObject([1, { error: { code: 'kafka_tls_not_spoken' } }]);
  });
});
