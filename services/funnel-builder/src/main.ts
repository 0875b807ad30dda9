import { getHeapStatistics } from 'node:v8';
import { loadActive, watchDefinitions } from '@fineprint/definitions';
import { createLogger, runService } from '@fineprint/observability';
import { openErasedList } from '@fineprint/privacy';
import { paceMs, postgresUrl } from '@fineprint/service-config';
import { type Check, type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runSnapshots, systemClock } from '@fineprint/stream-runtime';
import { topics } from '@fineprint/topology';
import { Pool } from 'pg';
import { readFunnelConfig } from './config.ts';
import { createFunnelMetrics } from './metrics.ts';
import { createFunnelStage } from './stage.ts';
import { stateLimitBytes } from './state-limit.ts';

const config = readFunnelConfig();
const log = createLogger({ service: 'funnel-builder', level: config.LOG_LEVEL });
const nowMs = () => systemClock.nowMs();
const QUEUED_BYTES = 1 << 20;
const POSTGRES_TIMEOUT_MS = 5_000;
/** How soon an idle partition sees a definition that has been read. */
const PREPARE_INTERVAL_MS = 250;
const WARN_INTERVAL_MS = 10_000;

runService({ log }, async () => {
  const pool = new Pool({
    connectionString: postgresUrl(config),
    max: 2,
    connectionTimeoutMillis: POSTGRES_TIMEOUT_MS,
    query_timeout: POSTGRES_TIMEOUT_MS,
    application_name: 'funnel-builder',
  });
  pool.on('error', (err) => log.warn({ err }, 'Postgres closed a connection'));
  let readAtMs = nowMs();
  let warnedAtMs = 0;
  const definitions = watchDefinitions({
    load: async () => {
      const loaded = await loadActive(pool, ['funnel', 'cohort']);
      readAtMs = nowMs();
      return loaded;
    },
    refreshMs: config.DEFINITIONS_REFRESH_MS,
    onError: (err) => {
      if (nowMs() - warnedAtMs < WARN_INTERVAL_MS) return;
      warnedAtMs = nowMs();
      log.warn({ err }, 'definitions cannot be read; those known are gone on with');
    },
  });
  const known: Check = {
    code: 'store_unavailable',
    isRequired: true,
    look: async () => (definitions.current() === null ? 'the definitions in Postgres were never read' : null),
  };
  const erased = openErasedList(pool, config.PII_PSEUDONYM_KEY, nowMs);
  const { partitions } = topics['product.events.clean'];
  const limitBytes = stateLimitBytes(config.FUNNEL_STATE_MB, getHeapStatistics().heap_size_limit, partitions);
  if (limitBytes < config.FUNNEL_STATE_MB * 1_000_000)
    log.info({ limitBytes }, "Node's heap bounds a partition's states below FUNNEL_STATE_MB");
  const start = (parts: StreamParts) => {
    const told = createFunnelMetrics(parts.metrics, () => readAtMs, nowMs);
    const stage = createFunnelStage({
      ...told,
      ...(erased === null ? {} : { erased }),
      definitions,
      nowMs,
      limitBytes,
      onHistory: (counted) => {
        told.onHistory(counted);
        log.info({ history: counted }, 'history counted for new definitions');
      },
    });
    return runSnapshots(stage, {
      ...parts,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
      flushIntervalMs: paceMs(config, config.FUNNEL_FLUSH_MS),
      prepareIntervalMs: PREPARE_INTERVAL_MS,
    });
  };
  const service = await startStreamService('funnel-builder', config, log, start, { checks: [known] });
  return {
    ...service,
    close: async () => {
      await service.close();
      definitions.close();
      await pool.end();
    },
  };
});
