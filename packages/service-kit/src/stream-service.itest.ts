import { createLogger } from '@fineprint/observability';
import { portField, readConfig } from '@fineprint/service-config';
import { useTestStack } from '@fineprint/stack/testing';
import { connectKafka } from '@fineprint/stream-runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { streamFields } from './stream-config.ts';
import { startStreamService } from './stream-service.ts';

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

const brokers = () => useTestStack().endpoints.kafkaBrokers.split(',');

beforeEach(async () => {
  const kafka = connectKafka({ brokers: brokers(), clientId: 'stream-service-itest' }, () => undefined);
  const admin = await kafka.admin();
  await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
  await admin.close();
  const writer = await kafka.writer();
  await writer.write([{ topic: 'ai.requests.clean', partition: 0, key: null, value: Buffer.from('x') }]);
  await writer.close();
});

it('is not ready when records wait and its stage, or the client in it, is stuck', async () => {
  const { endpoints, ports } = useTestStack();
  const url = `http://127.0.0.1:${ports.aiAggregator}`;
  const service = await startStreamService(
    'ai-aggregator',
    readConfig(
      { ...streamFields, ...portField(ports.aiAggregator) },
      {
        LOG_LEVEL: 'silent',
        KAFKA_BROKERS: brokers().join(','),
        SCHEMA_REGISTRY_URL: endpoints.schemaRegistryUrl,
      },
      { service: 'stuck' },
    ),
    createLogger({ service: 'stuck', level: 'silent' }),
    // It says that it runs, and does nothing: what a loop looks like that waits for an answer that never comes.
    () => Promise.resolve({ stop: () => Promise.resolve(), failed: new Promise(() => undefined) }),
  );
  close = service.close;
  await vi.waitFor(
    async () => {
      const answer = await fetch(`${url}/ready`);
      const { reasons } = (await answer.json()) as { reasons: { code: string; message: string }[] };
      expect([answer.status, reasons.map((r) => r.code)]).toEqual([
        503,
        expect.arrayContaining(['no_progress', 'group_lost']),
      ]);
    },
    { timeout: 90_000, interval: 500 },
  );
});
