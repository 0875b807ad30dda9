import type { Logger } from '@fineprint/observability';
import { Pool } from 'pg';

/** One per partition, and those of rounds and of what is sent. */
const MAX_CONNECTIONS = 10;
const CONNECT_WITHIN_MS = 10_000;
/** Longer than one waits for its turn to publish. */
const ANSWER_WITHIN_MS = 60_000;

export function connectPool(connectionString: string, service: string, log: Logger): Pool {
  const pool = new Pool({
    connectionString,
    application_name: service,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle Postgres connection broke'));
  return pool;
}
