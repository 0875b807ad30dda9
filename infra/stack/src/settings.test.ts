import { describe, expect, test } from 'vitest';
import { StackError } from './errors.ts';
import { resolveSettings } from './settings.ts';

const external = {
  KAFKA_BROKERS: 'a.example:9092,b.example:9093',
  SCHEMA_REGISTRY_URL: 'https://registry.example',
  DATABASE_URL: 'postgresql://u:p@db.example/fineprintai',
  REDIS_URL: 'rediss://:p@redis.example:6380',
  CLICKHOUSE_HOST: 'https://ch.example:8443',
};

describe('resolveSettings', () => {
  test('needs nothing', () => {
    const settings = resolveSettings({}, '/repo');
    expect(settings).toMatchObject({ dataDir: '/repo/.fineprint', provider: 'auto', portOffset: 0 });
    expect(settings.ports).toMatchObject({ kafka: 9092, registry: 8081, gateway: 3007, scrubber: 3101 });
    expect(settings.external).toBeUndefined();
  });

  test('moves every port by one setting', () => {
    const { ports } = resolveSettings({ FINEPRINT_PORT_OFFSET: '20000' }, '/repo');
    expect(ports).toMatchObject({ kafka: 29_092, postgres: 25_432, loader: 23_102 });
  });

  test('takes a data folder relative to the repository, or absolute; parts stay in the checkout', () => {
    expect(resolveSettings({ FINEPRINT_DATA_DIR: 'x/y' }, '/repo').dataDir).toBe('/repo/x/y');
    const absolute = resolveSettings({ FINEPRINT_DATA_DIR: '/data' }, '/repo');
    expect(absolute).toMatchObject({ dataDir: '/data', partsDir: '/repo/.fineprint/parts' });
  });

  test('splits the broker options, also to none', () => {
    const options = (value: string) =>
      resolveSettings({ FINEPRINT_KAFKA_JVM_OPTS: value }, '/repo').kafkaJvmOpts;
    expect(options('-Xmx2g  -XX:+UseG1GC')).toEqual(['-Xmx2g', '-XX:+UseG1GC']);
    expect(options(' ')).toEqual([]);
  });

  test('knows servers named in the environment only when all are', () => {
    expect(resolveSettings(external, '/repo').external).toMatchObject({
      kafkaBrokers: external.KAFKA_BROKERS,
    });
    expect(resolveSettings({ ...external, REDIS_URL: '' }, '/repo').external).toBeUndefined();
  });

  test('names all problems at once, with a stable code', () => {
    const env = {
      FINEPRINT_PROVIDER: 'podman',
      FINEPRINT_PORT_OFFSET: '-1',
      KAFKA_BROKERS: 'no-port',
      DATABASE_URL: 'mysql://x',
    };
    const attempt = () => resolveSettings(env, '/repo');
    expect(attempt).toThrowError(StackError);
    expect(attempt).toThrowError(
      /FINEPRINT_PROVIDER[\s\S]*FINEPRINT_PORT_OFFSET[\s\S]*KAFKA_BROKERS[\s\S]*DATABASE_URL/,
    );
  });

  test('asks for every address when the external provider is asked for', () => {
    const env = { FINEPRINT_PROVIDER: 'external', KAFKA_BROKERS: 'a:1' };
    expect(() => resolveSettings(env, '/repo')).toThrowError(/SCHEMA_REGISTRY_URL[\s\S]*CLICKHOUSE_HOST/);
  });
});
