import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { clickhouseAccount, postgresUrl, redisTls, registrySettings } from './connections.ts';
import {
  clickhouseFields,
  kafkaFields,
  kafkaRule,
  kafkaSettings,
  postgresFields,
  redisFields,
  registryFields,
  serviceFields,
} from './fields.ts';
import { readConfig } from './read-config.ts';
import { transportWarnings } from './transport-rules.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'transport-'));
const ca = path.join(folder, 'ca.pem');
writeFileSync(ca, '-----BEGIN CERTIFICATE-----\n');
afterAll(() => rmSync(folder, { recursive: true }));

const shape = {
  ...serviceFields,
  ...kafkaFields,
  ...registryFields,
  ...redisFields,
  ...postgresFields,
  ...clickhouseFields,
};
const local = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  SCHEMA_REGISTRY_URL: 'http://localhost:8081',
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgresql://u:p@localhost/db',
  CLICKHOUSE_HOST: 'localhost',
};
const away = {
  KAFKA_BROKERS: 'k1.example:9093,k2.example:9093',
  SCHEMA_REGISTRY_URL: 'https://registry.example',
  REDIS_URL: 'rediss://redis.example',
  DATABASE_URL: 'postgresql://u:p@db.example/db',
  CLICKHOUSE_HOST: 'https://ch.example',
  KAFKA_SSL: 'true',
  DATABASE_CA_FILE: ca,
};
const read = (env: Record<string, string>) => readConfig(shape, env, { service: 'svc', rules: [kafkaRule] });
const problems = (env: Record<string, string>): string[] => {
  try {
    read(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.variable} ${p.problem}`);
    throw error;
  }
};

describe('what is refused', () => {
  it('nothing of a local stack, and nothing that is encrypted', () => {
    expect(problems(local)).toEqual([]);
    expect(problems({ ...local, REQUIRE_TLS: 'true', NODE_ENV: 'production' })).toEqual([]);
    expect(problems({ ...away, REQUIRE_TLS: 'true', NODE_ENV: 'production' })).toEqual([]);
  });

  it('in production, certificates that are not verified, whoever switches that off', () => {
    const off = [
      { TLS_VERIFY: 'false' },
      { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      { DATABASE_URL: 'postgresql://u:p@db.example/db?sslmode=no-verify', DATABASE_CA_FILE: '' },
      { DATABASE_URL: 'postgresql://u:p@db.example/db?sslmode=require&uselibpqcompat=true' },
    ];
    for (const env of off) {
      expect(problems({ ...away, ...env })).toEqual([]);
      expect(transportWarnings(read({ ...away, ...env }))[0]).toContain('NOT verified');
      expect(problems({ ...away, ...env, NODE_ENV: 'production' })).toEqual([
        `${Object.keys(env)[0]} switches off the verification of certificates in production`,
      ]);
    }
  });

  it('with REQUIRE_TLS, every connection to another machine without it, by name', () => {
    const open = {
      KAFKA_BROKERS: 'k.example:9092',
      SCHEMA_REGISTRY_URL: 'http://registry.example',
      REDIS_URL: 'redis://:hunter2@redis.example',
      DATABASE_URL: 'postgresql://u:hunter2@db.example/db?sslmode=disable',
      CLICKHOUSE_HOST: 'ch.example',
    };
    const found = problems({ ...open, REQUIRE_TLS: 'true' });
    expect(found.map((p) => p.split(' ')[0]).sort()).toEqual(Object.keys(open).sort());
    expect(found.join()).not.toContain('hunter2');
    expect(problems(open)).toEqual([]);
    expect(transportWarnings(read({ ...open, NODE_ENV: 'production' }))).toHaveLength(5);
  });

  it('what would be ignored in silence', () => {
    expect(problems({ ...local, KAFKA_SSL_CA_FILE: ca })).toEqual([
      'KAFKA_SSL_CA_FILE is set without KAFKA_SSL',
    ]);
    expect(problems({ ...local, KAFKA_SSL: 'true', KAFKA_SSL_KEY_FILE: ca })).toEqual([
      'KAFKA_SSL_CERT_FILE is not set',
    ]);
    expect(problems({ ...local, KAFKA_SASL_PASSWORD: 'p' })).toEqual([
      'KAFKA_SASL_PASSWORD is set without KAFKA_SASL_MECHANISM',
    ]);
    expect(problems({ ...local, REDIS_CA_FILE: ca })).toEqual([
      'REDIS_CA_FILE is set, and REDIS_URL does not use TLS',
    ]);
    expect(problems({ ...local, CLICKHOUSE_CA_FILE: ca, SCHEMA_REGISTRY_CA_FILE: ca })).toHaveLength(2);
  });

  it('a file that is not there, or holds no PEM', () => {
    expect(problems({ ...away, KAFKA_SSL_CA_FILE: '/nowhere/ca.pem' })).toEqual([
      'KAFKA_SSL_CA_FILE names a file that cannot be read (ENOENT)',
    ]);
    const text = path.join(folder, 'text');
    writeFileSync(text, 'no certificate');
    expect(problems({ ...away, KAFKA_SSL_CA_FILE: text })).toEqual([
      'KAFKA_SSL_CA_FILE names a file that is not PEM',
    ]);
  });

  it("in production, Kafka's password in plain text", () => {
    const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'p' };
    expect(problems({ ...local, ...login })).toEqual([]);
    expect(problems({ ...local, ...login, NODE_ENV: 'production' })).toHaveLength(1);
  });
});

describe('what clients are connected with', () => {
  const config = read({
    ...away,
    KAFKA_SSL_CA_FILE: ca,
    SCHEMA_REGISTRY_CA_FILE: ca,
    SCHEMA_REGISTRY_USERNAME: 'u',
    SCHEMA_REGISTRY_PASSWORD: 'p',
    REDIS_CA_FILE: ca,
    CLICKHOUSE_CA_FILE: ca,
  });

  it('an authority of its own for each', () => {
    expect(kafkaSettings(config, 's')).toMatchObject({ ssl: true, caFile: ca });
    expect(registrySettings(config)).toMatchObject({
      username: 'u',
      password: 'p',
      ca: expect.stringContaining('BEGIN'),
    });
    expect(redisTls(config).tls?.ca).toContain('BEGIN');
    expect(clickhouseAccount(config).tls?.ca_cert.toString()).toContain('BEGIN');
    const url = new URL(postgresUrl(config));
    expect([url.searchParams.get('sslmode'), url.searchParams.get('sslrootcert')]).toEqual([
      'verify-full',
      ca,
    ]);
  });

  it('nothing that was not asked for', () => {
    const plain = read(local);
    expect(postgresUrl(plain)).toBe(local.DATABASE_URL);
    expect(redisTls(plain)).toEqual({});
    expect(clickhouseAccount(plain)).not.toHaveProperty('tls');
    expect(registrySettings(plain)).toEqual({ url: local.SCHEMA_REGISTRY_URL });
  });
});
