import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createLogger, runService } from '@fineprint/observability';
import { clickhouseAccount, paceMs } from '@fineprint/service-config';
import { type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runSink } from '@fineprint/stream-runtime';
import { LANE_PARTITIONS } from '@fineprint/topology';
import { clickhouseCheck } from './clickhouse-check.ts';
import { createClickHouseSink, isOfEvents } from './clickhouse-sink.ts';
import { readLoaderConfig } from './config.ts';

const config = readLoaderConfig();
const log = createLogger({ service: 'warehouse-loader', level: config.LOG_LEVEL });
const INSERT_TIMEOUT_MS = 30_000;
/** Records are collected for longer than this. */
const FETCH_PACE_MS = 100;
/** Per partition: fetched and waiting. */
const QUEUED_BYTES = 1 << 20;

runService({ log }, async () => {
  const connect = () =>
    createClient({
      ...clickhouseAccount(config),
      request_timeout: INSERT_TIMEOUT_MS,
      keep_alive: { enabled: true },
      log: { level: ClickHouseLogLevel.OFF }, // it would print queries; failures are reported by their codes
    });
  const client = connect();
  // Of its own, so that it does not queue behind loads.
  const checking = connect();
  const ageMs = paceMs(config, config.LOADER_MAX_AGE_MS);
  const derived = { maxAgeMs: Math.max(config.LOADER_DERIVED_AGE_MS, ageMs), isPatient: true };
  const start = (parts: StreamParts) =>
    runSink(createClickHouseSink(client, parts.registry, parts.clock), {
      ...parts,
      limits: {
        maxRows: config.LOADER_MAX_ROWS,
        maxBytes: config.LOADER_MAX_BYTES,
        maxAgeMs: ageMs,
        maxAgeBehindMs: Math.max(config.LOADER_BEHIND_AGE_MS, ageMs),
        lingerMs: paceMs(config, config.LOADER_LINGER_MS),
      },
      limitsOf: (topic) => (isOfEvents(topic) ? {} : derived),
      maxWrites: config.LOADER_MAX_LOADS,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
    });
  const service = await startStreamService('warehouse-loader', config, log, start, {
    fetchPaceMs: FETCH_PACE_MS,
    lanePartitions: LANE_PARTITIONS,
    checks: [clickhouseCheck(checking)],
  });
  return {
    ...service,
    close: async () => {
      await service.close();
      await Promise.all([client.close(), checking.close()]);
    },
  };
});
