import { createLogger, runService } from '@fineprint/observability';
import { redisTls } from '@fineprint/service-config';
import { kafkaClientSettings, type StreamParts, startStreamService } from '@fineprint/service-kit';
import { connectKafka, runStage, systemClock } from '@fineprint/stream-runtime';
import { Redis } from 'ioredis';
import { DELIVERY_TIMEOUT_MS, SETTLE_MS, watchCaughtUp } from './caught-up.ts';
import { readScrubberConfig, scrubberOf, timeBoundsOf } from './config.ts';
import { detectionOff, sayDetectionIsOff } from './detection-off.ts';
import { openPeople } from './open-people.ts';
import { readCleanFrom } from './read-clean.ts';
import { redisCheck } from './redis-check.ts';
import { createRedisDedupIndex } from './redis-dedup-index.ts';
import { createScrubberStage } from './stage.ts';

const config = readScrubberConfig();
const log = createLogger({ service: 'pii-scrubber', level: config.LOG_LEVEL });
const [MS_PER_HOUR, REDIS_TIMEOUT_MS] = [3_600_000, 5_000];
/** Per partition: fetched and waiting. */
const QUEUED_BYTES = 1 << 20;

runService({ log }, async () => {
  const kafka = connectKafka(kafkaClientSettings(config, 'pii-scrubber-rebuild'), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const redis = new Redis(config.REDIS_URL.reveal(), {
    ...redisTls(config),
    enableOfflineQueue: false, // an answer or an error, never a queue of unknown length
    maxRetriesPerRequest: 0,
    commandTimeout: REDIS_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(2_000, 50 * attempt),
  });
  redis.on('error', (err: unknown) => log.warn({ err }, 'Redis does not answer'));
  const caughtUp = watchCaughtUp(() => kafka.admin());
  const index = createRedisDedupIndex({
    redis,
    readClean: readCleanFrom(kafka),
    clock: systemClock,
    settleMs: SETTLE_MS,
    isCaughtUp: caughtUp.ask,
    windowMs: config.DEDUP_WINDOW_HOURS * MS_PER_HOUR,
    onRebuild: (event) => log.info({ rebuild: event }, 'deduplication index'),
  });
  // Before the first event, so that it does not wait for a rebuild. Should Redis be away, the stage itself waits for it.
  redis.once('ready', () => {
    index.warm().catch((err: unknown) => log.warn({ err }, 'the deduplication index is not ready yet'));
  });
  const scrubber = scrubberOf(config);
  if (scrubber === null) sayDetectionIsOff(log);
  const people = openPeople(config, log, { scrubber, ends: caughtUp.consentEnds });

  const start = (parts: StreamParts) => {
    const found = parts.metrics.counter({
      name: 'fineprint_pii_findings_total',
      help: 'Personal data found and removed, by type.',
      labelNames: ['topic', 'type'],
    });
    const stage = createScrubberStage({
      index,
      scrubber,
      timeBounds: timeBoundsOf(config),
      ...people.of(parts),
      onFindings: (topic, findings) => {
        for (const [type, count] of Object.entries(findings)) found.inc({ topic, type }, count);
      },
    });
    return runStage(stage, { ...parts, maxQueuedBytes: QUEUED_BYTES, commitIntervalMs: 500 });
  };
  const service = await startStreamService('pii-scrubber', config, log, start, {
    checks: [redisCheck(redis), people.check, ...(scrubber === null ? [detectionOff] : [])],
    writer: { deliveryTimeoutMs: DELIVERY_TIMEOUT_MS },
  });
  return {
    ...service,
    close: async () => {
      await service.close();
      await index.close();
      await caughtUp.close();
      await people.close();
    },
  };
});
