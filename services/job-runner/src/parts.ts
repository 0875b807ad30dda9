import { connectPostgres } from '@fineprint/http-kit';
import type { Logger } from '@fineprint/observability';
import { clickhouseAccount, postgresUrl, redisTls } from '@fineprint/service-config';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { type JobRunnerConfig, SERVICE } from './config.ts';
import { openWarehouse, type Warehouse } from './warehouse.ts';

/** Everything the job runner talks to beside Kafka. None of it has to be there at the start. */
export interface Parts {
  readonly pool: Pool;
  readonly warehouse: Warehouse;
  readonly reader: Warehouse;
  readonly redis: Redis;
  /** Of all but Redis, which its user closes. */
  close(): Promise<void>;
}

/** Each run has a transaction now and then; its lease, the publisher and the checks have theirs beside it. */
const CONNECTIONS_BESIDE_RUNS = 4;
/** Longer than a publisher may hold the outbox. */
const POSTGRES_TIMEOUT_MS = 60_000;

export function connectParts(config: JobRunnerConfig, log: Logger): Parts {
  const pool = connectPostgres(postgresUrl(config), SERVICE, log, {
    maxConnections: config.JOBS_CONCURRENCY + CONNECTIONS_BESIDE_RUNS,
    answerWithinMs: POSTGRES_TIMEOUT_MS,
  });
  const { warehouse, reader } = openWarehouses(config);
  return {
    pool,
    warehouse,
    reader,
    redis: connectRedis(config, log),
    async close() {
      await Promise.all([warehouse.close(), reader.close(), pool.end()]);
    },
  };
}

function openWarehouses(config: JobRunnerConfig) {
  const { CLICKHOUSE_READER_USERNAME: username, CLICKHOUSE_READER_PASSWORD: password } = config;
  const account = clickhouseAccount(config);
  const readerAccount =
    username === undefined ? account : { ...account, username, password: password?.reveal() ?? '' };
  return { warehouse: openWarehouse(account), reader: openWarehouse(readerAccount) };
}

function connectRedis(config: JobRunnerConfig, log: Logger): Redis {
  const redis = new Redis(config.REDIS_URL.reveal(), {
    ...redisTls(config),
    maxRetriesPerRequest: null, // BullMQ's blocking reads wait for as long as it takes
    retryStrategy: (attempt) => Math.min(2_000, 50 * attempt),
  });
  redis.on('error', (err: unknown) => log.debug({ err }, 'Redis does not answer'));
  return redis;
}
