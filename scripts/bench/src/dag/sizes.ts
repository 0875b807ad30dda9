import type { ClickHouseClient } from '@clickhouse/client';
import type { Stack } from '@fineprint/stack';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { kafkaBytes, type Stored, tableBytes } from './disk.ts';

/** What a run has left in the parts. */
export interface Sizes {
  readonly kafka: ReadonlyMap<string, number>;
  readonly clickhouse: ReadonlyMap<string, Stored>;
  readonly redisBytes: number;
  readonly postgresBytes: number;
}

export async function readSizes(stack: Stack, clickhouse: ClickHouseClient): Promise<Sizes> {
  const { redisUrl, databaseUrl } = stack.endpoints;
  return {
    kafka: kafkaBytes(stack.settings.dataDir),
    clickhouse: await tableBytes(clickhouse),
    redisBytes: await redisBytes(redisUrl),
    postgresBytes: await postgresBytes(databaseUrl),
  };
}

async function redisBytes(url: string): Promise<number> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return Number(/used_memory_dataset:(\d+)/.exec(await redis.info('memory'))?.[1]);
  } finally {
    redis.disconnect();
  }
}

async function postgresBytes(connectionString: string): Promise<number> {
  const pool = new Pool({ connectionString, max: 1 });
  try {
    const { rows } = await pool.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return Number(rows[0]?.bytes);
  } finally {
    await pool.end();
  }
}
