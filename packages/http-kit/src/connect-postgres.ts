import type { Logger } from '@fineprint/observability';
import { Pool } from 'pg';

const ANSWER_WITHIN_MS = 2_000;
/** Enough for reading keys. */
const KEY_CONNECTIONS = 2;

/** A small pool; Postgres need not be there at the start. */
export function connectPostgres(
  connectionString: string,
  service: string,
  log: Logger,
  options: { readonly maxConnections?: number; readonly answerWithinMs?: number } = {},
): Pool {
  const pool = new Pool({
    connectionString,
    application_name: service,
    max: options.maxConnections ?? KEY_CONNECTIONS,
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: options.answerWithinMs ?? ANSWER_WITHIN_MS,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle Postgres connection broke'));
  return pool;
}
