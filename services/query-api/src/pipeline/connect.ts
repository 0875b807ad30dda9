import { createServerErrorLog } from '@fineprint/http-kit';
import type { Logger } from '@fineprint/observability';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { connectKafka } from '@fineprint/stream-runtime';
import { type QueryConfig, SERVICE } from '../config.ts';
import { readSaid } from './read-said.ts';
import { type PipelineWatch, startPipelineWatch } from './watch.ts';

/** A watch that connects when somebody asks, not before. */
export function connectPipeline(config: QueryConfig, log: Logger): PipelineWatch {
  const { KAFKA_BROKERS: brokers, STAGE_URLS: urls = new Map<string, string>() } = config;
  const onError = createServerErrorLog(log, 'Kafka could not be looked at').warn;
  const connect =
    brokers === undefined
      ? null
      : () =>
          connectKafka(
            kafkaClientSettings({ ...config, KAFKA_BROKERS: brokers }, SERVICE),
            (level, message, fields) => log[level]({ kafka: fields }, message),
          ).admin();
  return startPipelineWatch({
    connect,
    askServices: () =>
      Promise.all([...urls].map(([stage, url]) => readSaid(stage, url, config.ADMIN_TOKEN?.reveal()))),
    nowMs: Date.now,
    onError,
  });
}
