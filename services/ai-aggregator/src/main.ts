import { createLogger, runService } from '@fineprint/observability';
import { startStreamService } from '@fineprint/service-kit';
import { runSnapshots } from '@fineprint/stream-runtime';
import { readAggregatorConfig } from './config.ts';
import { createAggregatorStage } from './stage.ts';

const config = readAggregatorConfig();
const log = createLogger({ service: 'ai-aggregator', level: config.LOG_LEVEL });
const QUEUED_BYTES = 4 << 20;

runService({ log }, () =>
  startStreamService('ai-aggregator', config, log, (parts) => {
    const overflow = parts.metrics.counter({
      name: 'fineprint_ai_overflow_requests_total',
      help: 'Requests counted under __overflow__, because a partition had too many series or a name was too long.',
    });
    const windows = parts.metrics.gauge({
      name: 'fineprint_ai_windows',
      help: 'Windows in memory, by partition of ai.requests.clean.',
      labelNames: ['partition'],
    });
    const stage = createAggregatorStage({
      onOverflow: () => overflow.inc(),
      onWindows: (partition, count) => windows.set({ partition }, count),
    });
    return runSnapshots(stage, {
      ...parts,
      maxQueuedBytes: QUEUED_BYTES,
      commitIntervalMs: 500,
      flushIntervalMs: config.AI_METRICS_FLUSH_MS,
    });
  }),
);
