import { createLogger, runService } from '@fineprint/observability';
import { paceMs, postgresUrl } from '@fineprint/service-config';
import { type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runSink } from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { readPostgresLoaderConfig } from './config.ts';
import { postgresCheck } from './postgres-check.ts';
import { judge } from './postgres-judgement.ts';
import { createPostgresSink } from './postgres-sink.ts';
import { createPostgresStore } from './postgres-store.ts';

const config = readPostgresLoaderConfig();
const log = createLogger({ service: 'postgres-loader', level: config.LOG_LEVEL });
/** Records are collected for longer than this. */
const FETCH_PACE_MS = 100;
/** Per partition: fetched and waiting. */
const QUEUED_BYTES = 1 << 20;
/** Loads that run at the same time; more would only share Postgres' processors. */
const MAX_CONNECTIONS = 4;
const CONNECT_WITHIN_MS = 10_000;
/** Longer than any statement may take by itself. */
const ANSWER_WITHIN_MS = 40_000;

runService({ log }, async () => {
  const pool = new Pool({
    connectionString: postgresUrl(config),
    application_name: 'postgres-loader',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  });
  pool.on('error', (err) => log.warn({ err: judge(err) }, 'an idle Postgres connection broke'));
  const start = (parts: StreamParts) =>
    runSink(createPostgresSink(createPostgresStore(pool), parts.decoder), {
      ...parts,
      limits: {
        maxRows: config.LOADER_MAX_ROWS,
        maxBytes: config.LOADER_MAX_BYTES,
        maxAgeMs: paceMs(config, config.LOADER_MAX_AGE_MS),
        lingerMs: paceMs(config, config.LOADER_LINGER_MS),
      },
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
    });
  const service = await startStreamService('postgres-loader', config, log, start, {
    fetchPaceMs: FETCH_PACE_MS,
    checks: [postgresCheck(pool)],
  });
  return {
    ...service,
    close: async () => {
      await service.close();
      await pool.end();
    },
  };
});
