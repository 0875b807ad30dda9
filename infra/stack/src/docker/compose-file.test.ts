import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { kafkaBehaviour } from '../native/kafka.ts';
import { INITDB_OPTIONS } from '../native/postgres.ts';
import { REDIS_BEHAVIOUR } from '../native/redis.ts';
import {
  CLICKHOUSE_DATABASE,
  CLICKHOUSE_USER,
  PART_NAMES,
  PORT_BASES,
  POSTGRES_DATABASE,
  POSTGRES_USER,
} from '../parts.ts';
import { Secrets } from '../secrets.ts';
import { resolveSettings } from '../settings.ts';
import { REPO_DIR } from '../stack.ts';
import { COMPOSE_FILE, composeEnv } from './compose.ts';

const serviceSchema = z.object({
  image: z.string(),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.tuple([z.literal('CMD-SHELL'), z.string()]) }),
});
const fileSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

const text = fs.readFileSync(path.join(REPO_DIR, COMPOSE_FILE), 'utf8');
const file = fileSchema.parse(parse(text));
const service = (name: string) => serviceSchema.parse(file.services[name]);

describe(COMPOSE_FILE, () => {
  test('has exactly the parts, each from a pinned image', () => {
    expect(Object.keys(file.services).sort()).toEqual([...PART_NAMES].sort());
    for (const { image } of Object.values(file.services)) expect(image).toMatch(/^[a-z/-]+:\d+\.\d/);
  });

  test.each(PART_NAMES)('%s is bound to this machine only, on the port of the settings', (part) => {
    const variable = `FINEPRINT_${part.toUpperCase()}_PORT`;
    for (const port of service(part).ports) {
      expect(port).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\$\\{${variable}:-${PORT_BASES[part]}\\}:\\d+$`));
    }
  });

  test('uses only variables that the provider sets, and has no default for a password', () => {
    const dataDir = fs.mkdtempSync(path.join(process.env['TMPDIR'] ?? '/tmp', 'compose-'));
    const known = composeEnv(resolveSettings({}, '/repo'), Secrets.open(dataDir));
    fs.rmSync(dataDir, { recursive: true });
    const used = [...text.matchAll(/\$\{([A-Z_]+)(:.)/g)];
    expect(new Set(used.map((match) => match[1]))).toEqual(new Set(Object.keys(known)));
    for (const [, name, operator] of used) {
      if (name?.endsWith('PASSWORD')) expect(operator).toBe(':?');
    }
  });

  test('tells Kafka what the native broker is told', () => {
    for (const [property, value] of Object.entries(kafkaBehaviour())) {
      const variable = `KAFKA_${property.toUpperCase().replaceAll('.', '_')}`;
      expect(service('kafka').environment, variable).toMatchObject({ [variable]: value });
    }
  });

  test('tells Postgres, Redis and ClickHouse what the native ones are told', () => {
    const postgres = service('postgres').environment;
    expect(postgres).toMatchObject({ POSTGRES_USER, POSTGRES_DB: POSTGRES_DATABASE });
    expect(postgres['POSTGRES_INITDB_ARGS']?.split(/\s+/)).toEqual(INITDB_OPTIONS);
    for (const [name, value] of Object.entries(REDIS_BEHAVIOUR)) {
      expect(service('redis').command.join(' ')).toContain(`--${name} ${value}`);
    }
    expect(service('clickhouse').environment).toMatchObject({
      CLICKHOUSE_USER,
      CLICKHOUSE_DB: CLICKHOUSE_DATABASE,
    });
  });

  test('keeps data in named volumes, and every mounted file exists', () => {
    const sources = Object.values(file.services).flatMap(({ volumes }) =>
      volumes.map((volume) => volume.split(':')[0] ?? ''),
    );
    const [files, names] = [
      sources.filter((s) => s.startsWith('./')),
      sources.filter((s) => !s.startsWith('./')),
    ];
    expect(names.sort()).toEqual(Object.keys(file.volumes).sort());
    for (const mounted of files) expect(fs.existsSync(path.join(REPO_DIR, mounted)), mounted).toBe(true);
  });
});
