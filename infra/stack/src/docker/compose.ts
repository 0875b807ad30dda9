import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import type { PartName } from '../parts.ts';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';

export const COMPOSE_FILE = 'docker-compose.kafka.yml';

/** One compose project per data folder, so `down` in one checkout never stops another's. */
export function composeProject(settings: StackSettings): string {
  return `fineprint-${createHash('sha256').update(settings.dataDir).digest('hex').slice(0, 8)}`;
}

export function composeArgs(settings: StackSettings): string[] {
  return ['compose', '-f', path.join(settings.repoDir, COMPOSE_FILE), '-p', composeProject(settings)];
}

/** The variables that docker-compose.kafka.yml reads. */
export function composeEnv(settings: StackSettings, secrets: Secrets): Record<string, string> {
  const { ports } = settings;
  return {
    FINEPRINT_KAFKA_PORT: String(ports.kafka),
    FINEPRINT_REGISTRY_PORT: String(ports.registry),
    FINEPRINT_CLICKHOUSE_PORT: String(ports.clickhouse),
    FINEPRINT_POSTGRES_PORT: String(ports.postgres),
    FINEPRINT_REDIS_PORT: String(ports.redis),
    FINEPRINT_KAFKA_JVM_OPTS: settings.kafkaJvmOpts.join(' '),
    FINEPRINT_POSTGRES_PASSWORD: secrets.get('postgresPassword'),
    FINEPRINT_REDIS_PASSWORD: secrets.get('redisPassword'),
    FINEPRINT_CLICKHOUSE_PASSWORD: secrets.get('clickhousePassword'),
    FINEPRINT_CLICKHOUSE_READER_PASSWORD: secrets.get('clickhouseReaderPassword'),
    FINEPRINT_CLICKHOUSE_MASKED_PASSWORD: secrets.get('clickhouseMaskedPassword'),
  };
}

const containerSchema = z.object({ Service: z.string(), State: z.string(), Health: z.string().default('') });
export type Container = z.output<typeof containerSchema>;

/** `docker compose ps --format json` prints an array or one object a line, depending on its version. */
export function parseContainers(output: string): Container[] {
  const text = output.trim();
  if (text === '') return [];
  const values: unknown[] = text.startsWith('[')
    ? z.array(z.unknown()).parse(JSON.parse(text))
    : text.split('\n').map((line) => JSON.parse(line) as unknown);
  return values.map((value) => containerSchema.parse(value));
}

/** The part and port that the engine complains about, when it is about a port. */
export function takenPort(output: string): number | undefined {
  const match = /(?:127\.0\.0\.1|0\.0\.0\.0):(\d+).*(?:already allocated|address already in use)/.exec(
    output,
  );
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

export function partOfPort(settings: StackSettings, port: number): PartName | undefined {
  const { kafka, registry, clickhouse, postgres, redis } = settings.ports;
  const ports: [PartName, number][] = Object.entries({ kafka, registry, clickhouse, postgres, redis }) as [
    PartName,
    number,
  ][];
  return ports.find(([, taken]) => taken === port)?.[0];
}
