import { tmpdir } from 'node:os';
import { createLogger, runService } from '@fineprint/observability';
import { type StreamParts, startStreamService } from '@fineprint/service-kit';
import { createExclusiveSessions, openSession, snowflakeSettings } from '@fineprint/snowflake';
import { runSink } from '@fineprint/stream-runtime';
import { readSnowflakeLoaderConfig } from './config.ts';
import { isProcessAlive, loadFilesIn, removeLeftFiles } from './load-file.ts';
import { snowflakeCheck } from './snowflake-check.ts';
import { createSnowflakeSink } from './snowflake-sink.ts';
import { LOADER_SESSION, loadSessions } from './sql-session.ts';

const config = readSnowflakeLoaderConfig();
const log = createLogger({ service: 'snowflake-loader', level: config.LOG_LEVEL });
const SECOND_MS = 1_000;
/** Records are collected for longer than this. */
const FETCH_PACE_MS = 100;
/** Per partition: fetched and waiting. */
/** Of each of 54 partitions: after a standstill all of them come at once. */
const QUEUED_BYTES = 1 << 20;
/** What a load may take beyond the time for which records are collected. */
const LOAD_MS = 60 * SECOND_MS;

runService({ log }, async () => {
  const settings = snowflakeSettings(config);
  const filesDir = config.SNOWFLAKE_TEMP_DIR ?? tmpdir();
  await removeLeftFiles(filesDir, isProcessAlive);
  const batchMs = config.SNOWFLAKE_BATCH_SECONDS * SECOND_MS;
  const options = {
    statementTimeoutMs: config.SNOWFLAKE_STATEMENT_SECONDS * SECOND_MS,
    prepare: LOADER_SESSION,
  };
  const sessions = createExclusiveSessions(() => openSession(settings, options));
  const ports = { sessions: loadSessions(sessions), writeFile: loadFilesIn(filesDir), random: Math.random };
  const start = (parts: StreamParts) =>
    runSink(createSnowflakeSink({ ...ports, decoder: parts.decoder, clock: parts.clock }), {
      ...parts,
      limits: {
        maxRows: config.SNOWFLAKE_BATCH_ROWS,
        maxBytes: config.SNOWFLAKE_BATCH_BYTES,
        maxAgeMs: batchMs,
        lingerMs: batchMs,
        slotMs: batchMs,
      },
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
    });
  const service = await startStreamService('snowflake-loader', config, log, start, {
    fetchPaceMs: FETCH_PACE_MS,
    checks: [snowflakeCheck(sessions, () => Date.now())],
    stallTimeoutMs: batchMs + LOAD_MS,
  });
  return {
    ...service,
    close: async () => {
      await service.close();
      await sessions.close();
    },
  };
});
