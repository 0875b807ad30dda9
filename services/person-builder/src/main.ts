import { createLogger, runService } from '@fineprint/observability';
import { openErasedList } from '@fineprint/privacy';
import { postgresUrl } from '@fineprint/service-config';
import { type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runEffects, systemClock } from '@fineprint/stream-runtime';
import { Pool } from 'pg';
import { readPersonConfig } from './config.ts';
import { createDefinitions } from './definitions.ts';
import { createPersonStage } from './stage.ts';
import { createPeopleStore, type PeopleNews } from './store/people-store.ts';
import { judge } from './store/postgres.ts';
import { postgresCheck } from './store/postgres-check.ts';

const config = readPersonConfig();
const log = createLogger({ service: 'person-builder', level: config.LOG_LEVEL });
/** Per partition: fetched and waiting. */
const QUEUED_BYTES = 1 << 20;
/** One per partition, and one to read definitions with. */
const MAX_CONNECTIONS = 8;
const CONNECT_WITHIN_MS = 10_000;
/** Longer than any statement may take by itself. */
const ANSWER_WITHIN_MS = 60_000;

runService({ log }, async () => {
  const pool = new Pool({
    connectionString: postgresUrl(config),
    application_name: 'person-builder',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
  });
  pool.on('error', (err) => log.warn({ err: judge(err) }, 'an idle Postgres connection broke'));
  const start = (parts: StreamParts) => {
    const rows = parts.metrics.counter({
      name: 'fineprint_person_rows_total',
      help: 'Rows published, by what they are of: repeats included.',
      labelNames: ['of'],
    });
    const definitions = createDefinitions({
      query: (text, values) =>
        pool.query(text, values).catch((error: unknown) => Promise.reject(judge(error))),
    });
    const store = createPeopleStore(pool, definitions);
    const onNews = (news: PeopleNews) => {
      for (const kind of ['funnels', 'cohorts', 'links'] as const) rows.inc({ of: kind }, news[kind].length);
    };
    const erased = openErasedList(pool, config.PII_PSEUDONYM_KEY, () => systemClock.nowMs());
    const stage = createPersonStage(store, onNews, erased);
    return runEffects(stage, {
      ...parts,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
      maxRecords: config.PERSON_MAX_RECORDS,
    });
  };
  const service = await startStreamService('person-builder', config, log, start, {
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
