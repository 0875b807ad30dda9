import { connectPostgres, createServerErrorLog } from '@fineprint/http-kit';
import { createLogger, runService } from '@fineprint/observability';
import { paceMs, postgresUrl } from '@fineprint/service-config';
import { type Check, type StreamParts, startStreamService } from '@fineprint/service-kit';
import { runSnapshots } from '@fineprint/stream-runtime';
import { readAggregatorConfig } from './config.ts';
import { createAggregatorMetrics } from './metrics.ts';
import { createCurrentBook } from './prices/current-book.ts';
import { loadPrices } from './prices/price-rows.ts';
import { createAggregatorStage } from './stage.ts';

const config = readAggregatorConfig();
const log = createLogger({ service: 'ai-aggregator', level: config.LOG_LEVEL });
const QUEUED_BYTES = 1 << 20;

runService({ log }, async () => {
  const pool = connectPostgres(postgresUrl(config), 'ai-aggregator', log);
  const book = createCurrentBook({
    load: () => loadPrices(pool),
    refreshMs: config.AI_PRICES_REFRESH_MS,
    graceMs: config.AI_PRICES_GRACE_SECONDS * 1_000,
    nowMs: () => performance.now(),
    onError: createServerErrorLog(log, 'the price book could not be read').warn,
  });
  const prices: Check = {
    code: 'store_unavailable',
    isRequired: true,
    look: () =>
      book.get().then(
        () => null,
        (error: unknown) => String(error instanceof Error ? error.message : error),
      ),
  };
  const start = (parts: StreamParts) => {
    const metrics = createAggregatorMetrics(parts.metrics, book);
    const stage = createAggregatorStage({
      priceBook: (maxAgeMs) => book.get(maxAgeMs),
      onUnpriced: (reason) => metrics.unpriced.inc({ reason }),
      onOverflow: () => metrics.overflow.inc(),
      onWindows: (partition, count) => metrics.windows.set({ partition }, count),
    });
    return runSnapshots(stage, {
      ...parts,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
      flushIntervalMs: paceMs(config, config.AI_METRICS_FLUSH_MS),
    });
  };
  const service = await startStreamService('ai-aggregator', config, log, start, { checks: [prices] });
  return {
    ...service,
    close: async () => {
      await service.close();
      await pool.end();
    },
  };
});
