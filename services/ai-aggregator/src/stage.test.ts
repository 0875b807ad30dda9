import {
  createRecordDecoder,
  createRecordEncoder,
  type RecordEncoder,
  type Running,
  runSnapshots,
  SOURCE_OFFSET_HEADER,
  systemClock,
} from '@fineprint/stream-runtime';
import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleAiRequest,
} from '@fineprint/stream-testing';
import type { RecordOf } from '@fineprint/topology';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAggregatorStage } from './stage.ts';

const INPUT = 'ai.requests.clean';
const OUTPUT = 'ai.metrics';
const DEAD = 'dead-letter.ai-aggregator';
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());
let log: ReturnType<typeof createMemoryLog>;
let consumer: ReturnType<typeof createMemoryConsumer>;
let encoder: RecordEncoder;
let running: Running | undefined;
const onOverflow = vi.fn();

beforeEach(async () => {
  log = createMemoryLog(() => 1);
  consumer = createMemoryConsumer(log, [INPUT], 4);
  encoder = await createRecordEncoder(registry, [INPUT, OUTPUT, DEAD]);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const publish = (source: number, change: Partial<RecordOf<typeof INPUT>> = {}, partition = 0) =>
  log.append(INPUT, partition, {
    value: encoder.encode(INPUT, sampleAiRequest(change)),
    headers: { [SOURCE_OFFSET_HEADER]: String(source) },
  });

async function start(): Promise<void> {
  running = await runSnapshots(createAggregatorStage({ onOverflow, onWindows: () => undefined }), {
    consumer,
    writer: log,
    decoder,
    encoder,
    clock: systemClock,
    observer: {
      assigned: () => undefined,
      revoked: () => undefined,
      fetched: () => undefined,
      processed: () => undefined,
      retrying: () => undefined,
      commitFailed: () => undefined,
    },
    maxQueuedBytes: 100_000,
    commitIntervalMs: 1,
    flushIntervalMs: 5,
    snapshotReader: { readAll: (topic, partition, onRecords) => onRecords(log.read(topic, partition)) },
  });
  await consumer.poll();
}
const committed = (partition: number, offset: number) =>
  vi.waitFor(() => expect(consumer.commits.get(`${INPUT}/${partition}`)).toBe(offset));

async function lastSnapshot(partition = 0) {
  const last = log.read(OUTPUT, partition).at(-1);
  await decoder.prepare([last?.value ?? null]);
  const decoded = decoder.decode(OUTPUT, last?.value ?? null);
  if (!decoded.ok) throw new Error(decoded.code);
  return decoded.record;
}

describe('ai-aggregator', () => {
  it('writes a window to the same partition, as of what it has read', async () => {
    for (const source of [10, 11, 12]) publish(source, { success: source !== 12, error_type: 'timeout' }, 3);
    await start();
    await committed(3, 3);
    expect(await lastSnapshot(3)).toMatchObject({
      window_start: Math.floor(sampleAiRequest().event_time / 60_000) * 60_000,
      model_name: 'legal-analysis-v2',
      provider: '',
      segment: 0,
      as_of_offset: 2,
      as_of_source_offset: 12,
      requests: 3,
      successes: 2,
      errors: { timeout: 1 },
      input_tokens_sum: 4500,
      latency_ms_count: 3,
      latency_ms_sum: 6900,
      latency_ms_min: 2300,
      ttft_ms_min: null,
    });
  });

  it('goes on from its snapshots after a restart, and counts what is repeated once', async () => {
    for (const source of [0, 1, 1, 2]) publish(source);
    await start();
    await committed(0, 4);
    await running?.stop();
    consumer.rebalance();
    for (const source of [2, 3]) publish(source);
    await start();
    await committed(0, 6);
    expect(await lastSnapshot()).toMatchObject({ requests: 4, as_of_offset: 5 });
  });

  it('keeps bytes that are no request, and counts their neighbours', async () => {
    publish(0);
    log.append(INPUT, 0, { value: Buffer.from('garbage') });
    publish(2);
    await start();
    await committed(0, 3);
    expect(await lastSnapshot()).toMatchObject({ requests: 2 });
    expect(log.all(DEAD)).toHaveLength(1);
  });

  it('tells of requests that are beyond the limit of series', async () => {
    publish(0, { model_name: 'x'.repeat(1_000) });
    await start();
    await committed(0, 1);
    expect(onOverflow).toHaveBeenCalledOnce();
    expect(await lastSnapshot()).toMatchObject({ model_name: '__overflow__', requests: 1 });
  });
});
