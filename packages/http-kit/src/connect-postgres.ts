import type { Logger } from '@fineprint/observability';
import { Pool } from 'pg';

const ANSWER_WITHIN_MS = 2_000;

/** A small pool for reading keys; it need not be there at the start. */
export function connectPostgres(connectionString: string, service: string, log: Logger): Pool {
  const pool = new Pool({
    connectionString,
    application_name: service,
    max: 2,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle Postgres connection broke'));
  return pool;
}
