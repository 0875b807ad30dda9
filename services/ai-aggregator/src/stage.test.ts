import { PriceBook } from '@fineprint/pricing';
import { schemaVersions } from '@fineprint/schemas';
import {
  createRecordDecoder,
  createRecordEncoder,
  type RecordEncoder,
  type Running,
  runSnapshots,
  SOURCE_OFFSET_HEADER,
  StreamError,
  systemClock,
} from '@fineprint/stream-runtime';
import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleAiRequest,
} from '@fineprint/stream-testing';
import { bookTopics, type RecordOf } from '@fineprint/topology';
import avro from 'avsc';
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
const onUnpriced = vi.fn();
/** Dollars a million tokens: 3 in, 12 out until the sample's own time, from then on half as much. */
const { event_time: SINCE } = sampleAiRequest();
const price = (input: number, output: number, fromMs: number, toMs: number | null) => ({
  provider: 'own',
  model: 'legal-analysis-v2',
  tier: 'standard',
  region: null,
  prices: { input: input * 1e9, cachedInput: null, cacheWrite: null, output: output * 1e9 },
  fromMs,
  toMs,
  source: '',
});
const book = new PriceBook([price(3, 12, 0, SINCE), price(1.5, 6, SINCE, null)]);
let priceBook: (maxAgeMs?: number) => Promise<PriceBook>;

beforeEach(async () => {
  vi.clearAllMocks();
  priceBook = async () => book;
  log = createMemoryLog(() => 1);
  consumer = createMemoryConsumer(log, [INPUT], 4);
  encoder = await createRecordEncoder(registry, [INPUT, OUTPUT, DEAD, ...bookTopics]);
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
  running = await runSnapshots(
    createAggregatorStage({
      priceBook: (maxAgeMs) => priceBook(maxAgeMs),
      onUnpriced,
      onOverflow,
      onWindows: () => undefined,
    }),
    {
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
      instance: 'test',
      flushIntervalMs: 5,
      snapshotReader: log,
    },
  );
  await consumer.poll();
}
const committed = (partition: number, offset: number) =>
  vi.waitFor(() => expect(consumer.commits.get(`${INPUT}/${partition}`)).toBe(offset));

async function snapshots() {
  const records = log.read(OUTPUT, 0);
  await decoder.prepare(records.map((r) => r.value));
  return records.map((r) => {
    const decoded = decoder.decode(OUTPUT, r.value);
    if (!decoded.ok) throw new Error(decoded.code);
    const { model_name, requests, priced_requests, unpriced_requests, cost_nano_usd } = decoded.record;
    return [model_name, requests, priced_requests, unpriced_requests, cost_nano_usd];
  });
}

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

  it('counts what requests cost at the prices of their time, and those without a price by name', async () => {
    publish(0); // 1,500 in and 800 out
    publish(1, { event_time: SINCE - 1, cached_tokens: 500 });
    publish(2, { service_tier: 'batch' });
    publish(3, { model_name: 'other' });
    await start();
    await committed(0, 4);
    const costs = await snapshots();
    expect(costs).toContainEqual(['legal-analysis-v2', 3, 2, 1, 7_050_000 + 14_100_000]);
    expect(costs).toContainEqual(['other', 1, 0, 1, 0]);
    expect(onUnpriced.mock.calls).toEqual([['unknown_tier'], ['unknown_model']]);
  });

  it('asks a younger book before a request stays without a price', async () => {
    const older = new PriceBook([]);
    priceBook = async (maxAgeMs = 2_000) => (maxAgeMs > 100 ? older : book);
    publish(0);
    await start();
    await committed(0, 1);
    expect(await lastSnapshot()).toMatchObject({ priced_requests: 1 });
    expect(onUnpriced).not.toHaveBeenCalled();
  });

  it('counts nothing without a price book, and everything when it is back', async () => {
    priceBook = () => Promise.reject(new StreamError('unavailable', 'away', { retriable: true }));
    publish(0);
    await start();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect([log.all(OUTPUT), consumer.commits.size]).toEqual([[], 0]);
    priceBook = async () => book;
    await committed(0, 1);
    expect(await lastSnapshot()).toMatchObject({ requests: 1, priced_requests: 1 });
  });

  it('goes on from snapshots that know no costs', async () => {
    for (const source of [0, 1]) publish(source);
    await start();
    await committed(0, 2);
    await running?.stop();
    const written = await lastSnapshot();
    const [v1] = schemaVersions.AiMetric;
    const datum = avro.Type.forSchema(v1?.schema as avro.Schema).toBuffer({
      ...written,
      as_of_offset: 2,
      requests: 7,
    });
    const frame = Buffer.alloc(5);
    frame.writeInt32BE(registry.add(v1?.schema ?? {}), 1);
    log.append(OUTPUT, 0, { value: Buffer.concat([frame, datum]) });
    consumer.rebalance();
    for (const source of [2, 3]) publish(source);
    await start();
    await committed(0, 4);
    expect(await lastSnapshot()).toMatchObject({ requests: 8, priced_requests: 1, cost_nano_usd: 7_050_000 });
  });
});
