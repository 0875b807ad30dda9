import type { Logger } from '@fineprint/observability';
import {
  createErasedList,
  createSubjectBook,
  createSubjectHash,
  type ErasedList,
  type SubjectBook,
} from '@fineprint/privacy';
import { postgresUrl } from '@fineprint/service-config';
import { Pool } from 'pg';
import type { ScrubberConfig } from './config.ts';

/** Partitions ask at the same time, each for a batch. */
const MAX_CONNECTIONS = 4;
/** Less than what was looked up may be relied on for. */
const TIMEOUT_MS = 2_000;

/** What Postgres knows of subjects: who was erased, and pseudonyms where they are asked for. Connects when first asked. */
export function openSubjects(
  config: ScrubberConfig,
  log: Logger,
): { readonly book: SubjectBook; readonly erased: ErasedList; close(): Promise<void> } {
  const pool = new Pool({
    connectionString: postgresUrl(config),
    application_name: 'pii-scrubber',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  pool.on('error', (err) => log.warn({ err }, 'an idle Postgres connection broke'));
  const erased = createErasedList({
    database: pool,
    hash: createSubjectHash(config.PII_PSEUDONYM_KEY.reveal()),
    nowMs: Date.now,
  });
  const book = createSubjectBook({
    database: pool,
    erased,
    anonymize: config.ENABLE_DATA_ANONYMIZATION,
    maxCached: config.PSEUDONYM_CACHE_ENTRIES,
  });
  return { book, erased, close: () => pool.end() };
}
