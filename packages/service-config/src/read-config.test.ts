import { describe, expect, it } from 'vitest';
import { clickhouseUrl } from './clickhouse-url.ts';
import { ConfigError } from './config-error.ts';
import { defineSettings } from './define-settings.ts';
import {
  clickhouseFields,
  kafkaFields,
  kafkaRule,
  kafkaSettings,
  portField,
  postgresFields,
  serviceFields,
  snowflakeFields,
  snowflakeRule,
} from './fields.ts';
import type { ConfigProcess } from './load-config.ts';
import { readConfig } from './read-config.ts';

const shape = { ...serviceFields, ...portField(3007), ...kafkaFields, ...postgresFields };
const valid = { KAFKA_BROKERS: ' a:9092, b:9092 ', DATABASE_URL: 'postgresql://u:hunter2@h/db' };
const failure = (env: Record<string, string>): ConfigError => {
  try {
    readConfig(shape, env, { service: 'svc', rules: [kafkaRule] });
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error('no ConfigError');
};

describe('readConfig', () => {
  it('reads values and defaults; empty means unset', () => {
    const config = readConfig(shape, { ...valid, HOST: '', PORT: '0' }, { service: 'svc' });
    expect(config.KAFKA_BROKERS).toEqual(['a:9092', 'b:9092']);
    expect(config).toMatchObject({ HOST: '127.0.0.1', PORT: 0, LOG_LEVEL: 'info', KAFKA_SSL: false });
    expect(config.DATABASE_URL.reveal()).toContain('hunter2');
    expect(kafkaSettings(config, 'svc')).toEqual({
      brokers: ['a:9092', 'b:9092'],
      clientId: 'svc',
      compression: 'lz4',
      ssl: false,
    });
  });

  it('names every problem at once and no value', () => {
    const error = failure({
      PORT: '70000',
      KAFKA_SSL: 'maybe',
      DATABASE_URL: 'mysql://u:hunter2@h',
      LOG_LEVEL: 'x',
    });
    expect(error.code).toBe('invalid_config');
    expect(error.message).toBe(
      [
        'svc: 5 problems in the environment',
        '  LOG_LEVEL: is not a known choice; expected one of fatal, error, warn, info, debug, trace, silent (default: info)',
        '  PORT: is out of bounds; expected a whole number from 0 to 65535 (default: 3007)',
        '  KAFKA_BROKERS: is not set; expected host:port of the brokers, comma-separated',
        '  KAFKA_SSL: is neither true nor false; expected true or false (default: false)',
        '  DATABASE_URL: is not such a URL; expected a URL with postgres:// or postgresql://',
        'Set these variables (a secret may be in a file that <VARIABLE>_FILE names) and start again. All settings: docs/settings.md',
      ].join('\n'),
    );
  });

  it('takes one way to log in to Snowflake, and names that SQL takes as they are', () => {
    const read = (env: Record<string, string>) =>
      readConfig(
        snowflakeFields,
        { SNOWFLAKE_ACCOUNT: 'a', SNOWFLAKE_USERNAME: 'u', ...env },
        { service: 'svc', rules: [snowflakeRule] },
      );
    expect(read({ SNOWFLAKE_PASSWORD: 'p' })).toMatchObject({
      SNOWFLAKE_DATABASE: 'FINEPRINT',
      SNOWFLAKE_SCHEMA: 'ANALYTICS',
    });
    expect(() => read({})).toThrow('SNOWFLAKE_PASSWORD: is not set');
    expect(() => read({ SNOWFLAKE_PASSWORD: 'p', SNOWFLAKE_PRIVATE_KEY: 'k' })).toThrow(
      'is set beside SNOWFLAKE_PRIVATE_KEY',
    );
    expect(() => read({ SNOWFLAKE_PASSWORD: 'p', SNOWFLAKE_SCHEMA: 'A; DROP' })).toThrow(
      'SNOWFLAKE_SCHEMA: is no such name',
    );
  });

  it('tells what a rule finds beside what is wrong by itself, and leaves out rules that cannot judge', () => {
    const env = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', PORT: 'x' };
    expect(failure({ ...valid, ...env }).problems.map((p) => p.variable)).toEqual([
      'PORT',
      'KAFKA_SASL_PASSWORD',
    ]);
    expect(failure({ ...valid, KAFKA_SASL_MECHANISM: 'magic' }).problems.map((p) => p.variable)).toEqual([
      'KAFKA_SASL_MECHANISM',
    ]);
  });

  it('asks for what a mechanism needs', () => {
    expect(failure({ ...valid, KAFKA_SASL_MECHANISM: 'plain' }).problems.map((p) => p.variable)).toEqual([
      'KAFKA_SASL_USERNAME',
      'KAFKA_SASL_PASSWORD',
    ]);
  });
});

describe('clickhouseUrl', () => {
  const at = (env: Record<string, string>) =>
    clickhouseUrl(readConfig(clickhouseFields, env, { service: 's' }));
  it('takes a host or a URL', () => {
    expect(at({ CLICKHOUSE_HOST: 'localhost' })).toBe('http://localhost:8123');
    expect(at({ CLICKHOUSE_HOST: 'localhost', CLICKHOUSE_PORT: '9000' })).toBe('http://localhost:9000');
    expect(at({ CLICKHOUSE_HOST: 'https://ch.example:8443/' })).toBe('https://ch.example:8443');
  });
});

describe('loadConfig', () => {
  const run = (env: Record<string, string>, argv: string[]) => {
    const out: string[] = [];
    const write = (text: string) => out.push(text);
    const on: ConfigProcess = {
      argv,
      env,
      stdout: { write },
      stderr: { write },
      exit: (code) => {
        throw new Error(`exit ${code}`);
      },
    };
    const attempt = () => defineSettings('svc', shape, [kafkaRule]).load(on);
    return { attempt, out };
  };

  it('prints the problems and exits 78', () => {
    const { attempt, out } = run({}, []);
    expect(attempt).toThrow('exit 78');
    expect(out.join('')).toContain('KAFKA_BROKERS: is not set');
  });

  it('checks only: where each value came from, secrets hidden, 0 or 2', () => {
    const sound = run({ ...valid, KAFKA_BROKER: 'a:1', PROT: '1' }, ['--check-config']);
    expect(sound.attempt).toThrow('exit 0');
    const text = sound.out.join('');
    expect(text).toContain('DATABASE_URL=[secret]  (environment)');
    expect(text).toContain('PORT=3007  (default)');
    expect(text).toContain('KAFKA_CLIENT_ID=  (not set)');
    expect(text).not.toContain('hunter2');
    const wrong = run({ ...valid, PORT: 'x' }, ['--check-config']);
    expect(wrong.attempt).toThrow('exit 2');
    expect(wrong.out.join('')).toContain('PORT: is not a whole number');
  });

  it('warns of what looks mistyped, and starts', () => {
    const { attempt, out } = run({ ...valid, LOG_LEVLE: 'debug' }, []);
    expect(attempt()).toMatchObject({ LOG_LEVEL: 'info' });
    expect(JSON.parse(out.join(''))).toMatchObject({
      level: 'warn',
      msg: 'LOG_LEVLE is no setting and is not read; did you mean LOG_LEVEL?',
    });
  });
});
