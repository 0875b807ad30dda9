import { createBackoff } from '@fineprint/destinations';
import { connectPostgres } from '@fineprint/http-kit';
import { createLogger, runService } from '@fineprint/observability';
import { postgresUrl } from '@fineprint/service-config';
import { type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runEffects } from '@fineprint/stream-runtime';
import { forwarderOf } from '@fineprint/topology';
import { createDestinationClient } from './client.ts';
import { readForwarderConfig } from './config.ts';
import { deliver } from './deliver.ts';
import { createGate } from './gate.ts';
import { createForwarderMetrics } from './metrics.ts';
import { createResolveIds } from './resolve-ids.ts';
import { targetOf } from './settings.ts';
import { createForwarderStage } from './stage.ts';

const config = readForwarderConfig();
const node = forwarderOf(config.DESTINATION);
const log = createLogger({ service: node, level: config.LOG_LEVEL });
/** Per partition: fetched and waiting, however long the destination is away. */
const QUEUED_BYTES = 1 << 20;

runService({ log }, async () => {
  const target = targetOf(config, config.DESTINATION);
  if (target === null) throw new Error(`${config.DESTINATION} is not configured`);
  const { destination, key, baseUrl } = target;
  const client = createDestinationClient({
    baseUrl,
    timeoutMs: config.FORWARDER_TIMEOUT_MS,
    onNoAnswer: (err) => log.debug({ err }, 'no answer'),
  });
  const pool = connectPostgres(postgresUrl(config), node, log);
  const start = (parts: StreamParts) => {
    const backoff = createBackoff(Math.random, config.FORWARDER_MAX_WAIT_MS);
    const gate = createGate(parts.clock, backoff);
    const ports = {
      ...{ destination, client, gate, clock: parts.clock, backoff },
      key: () => key.reveal(),
      onAnswer: createForwarderMetrics(parts.metrics, gate),
    };
    const stage = createForwarderStage({
      target,
      clock: parts.clock,
      ...(config.ENABLE_DATA_ANONYMIZATION ? { resolve: createResolveIds(pool) } : {}),
      deliver: (events, attempt) => deliver(events, ports, attempt),
    });
    return runEffects(stage, {
      ...parts,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
      maxRecords: config.FORWARDER_MAX_RECORDS,
    });
  };
  const service = await startStreamService(node, config, log, start);
  return {
    ...service,
    close: async () => {
      await service.close();
      await client.close();
      await pool.end();
    },
  };
});
