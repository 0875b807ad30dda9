import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleConsentUpdate,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StreamError } from './errors.ts';
import type { StreamObserver } from './observer.ts';
import { type RecordWriter, systemClock } from './ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { Running } from './run-partitions.ts';
import { runStage } from './run-stage.ts';
import { isRepeat, sourceOffsetOf } from './source-offset.ts';
import type { Stage } from './stage.ts';
import { endingsOf } from './testing/endings-of.ts';
import { carriedTrace } from './trace-context.ts';

const RAW = 'consent.updates';
const CLEAN = 'consent.clean';
const DEAD = 'dead-letter.pii-scrubber';

/** Passes records on; drops those whose method is "drop", refuses those whose method is "refuse". */
const stage: Stage<'pii-scrubber', null, null> = {
  node: 'pii-scrubber',
  createState: () => null,
  lookup: (batch) => Promise.resolve(batch.map(() => null)),
  process: {
    'product.events.raw': () => ({ type: 'drop', reason: 'unused' }),
    'ai.requests.raw': () => ({ type: 'drop', reason: 'unused' }),
    'ai.feedback.raw': () => ({ type: 'drop', reason: 'unused' }),
    'consent.updates': (_state, { record }) => {
      if (record.method === 'drop') return { type: 'drop', reason: 'asked_to' };
      if (record.method === 'refuse') return { type: 'dead-letter', code: 'refused', message: 'asked to' };
      return { type: 'redirect', to: CLEAN, key: record.user_id };
    },
  },
};

let running: Running | undefined;
afterEach(() => running?.stop());

async function start(options: { writer?: (inner: RecordWriter) => RecordWriter } = {}) {
  const log = createMemoryLog(() => 5_000);
  const registry = createMemoryRegistry();
  const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
  const consumer = createMemoryConsumer(log, [RAW], 10);
  const observer: StreamObserver = {
    assigned: vi.fn(),
    revoked: vi.fn(),
    fetched: vi.fn(),
    processed: vi.fn(),
    retrying: vi.fn(),
    commitFailed: vi.fn(),
  };
  running = await runStage(stage, {
    consumer,
    writer: options.writer?.(log) ?? log,
    decoder: createRecordDecoder(registry, () => Date.now()),
    encoder,
    clock: systemClock,
    observer,
    maxQueuedBytes: 10_000,
    commitIntervalMs: 1,
    instance: 'test',
  });
  const publish = (method: string | null, partition = 0) =>
    log.append(RAW, partition, {
      value: encoder.encode(RAW, sampleConsentUpdate({ method })),
      timestampMs: 1_234,
    });
  return { log, consumer, observer, publish, running, encoder };
}

const settle = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 2 });

describe('runStage', () => {
  it('passes on a trace that is one, and no other header', async () => {
    const { log, consumer, encoder, observer } = await start();
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const value = encoder.encode(RAW, sampleConsentUpdate());
    for (const traceparent of [trace, 'jane@example.com', `${trace}\r\nX-Injected: 1`])
      log.append(RAW, 0, { value, headers: { traceparent, tracestate: 'jane@example.com', 'x-any': 'y' } });
    await consumer.poll();
    await settle(() => expect(log.read(CLEAN, 0)).toHaveLength(3));
    const others = log
      .read(CLEAN, 0)
      .map(({ headers }) => Object.entries(headers).filter(([n]) => !n.startsWith('fp-')));
    const [[carried] = [], ...rest] = others;
    expect([carried?.[0], rest]).toEqual(['traceparent', [[], []]]);
    const place = { node: stage.node, topic: RAW, partition: 0, offset: 0 } as const;
    expect(String(carried?.[1])).toBe(carriedTrace(trace, place));
    expect(observer.processed).toHaveBeenCalledWith(
      expect.objectContaining({ traced: [expect.objectContaining({ offset: 0 })] }),
    );
  });

  it('passes on original bytes, to the same partition, with source offset, key and received time', async () => {
    const { log, consumer, publish } = await start();
    publish('banner', 4);
    await consumer.poll();
    await settle(() => expect(log.read(CLEAN, 4)).toHaveLength(1));
    const [out] = log.read(CLEAN, 4);
    expect(out?.value).toEqual(log.read(RAW, 4)[0]?.value);
    expect(out?.key?.toString()).toBe('user-1');
    expect(out?.timestampMs).toBe(1_234);
    expect(out && sourceOffsetOf(out)).toBe(0);
  });

  it('gives every record exactly one outcome, garbage included, and goes on', async () => {
    const { log, consumer, observer, publish } = await start();
    publish('banner');
    log.append(RAW, 0, { value: Buffer.from('{"not":"avro"}'), key: Buffer.from('k') });
    log.append(RAW, 0, { value: null });
    publish('drop');
    publish('refuse');
    publish('banner');
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${RAW}/0`)).toBe(6));
    expect(log.read(CLEAN, 0).map(sourceOffsetOf)).toEqual([0, 5]);
    expect(log.read(DEAD, 0)).toHaveLength(3);
    const account = vi.mocked(observer.processed).mock.calls[0]?.[0].account;
    expect(account?.taken.records).toBe(6);
    expect(account && endingsOf(account)).toEqual({
      [`emitted ${CLEAN}`]: 2,
      'dropped asked_to': 1,
      'dead_lettered not_avro': 1,
      'dead_lettered empty_value': 1,
      'dead_lettered refused': 1,
    });
  });

  it('commits nothing while an output is refused, and everything once it is taken', async () => {
    let refuse = true;
    const writer = (inner: RecordWriter): RecordWriter => ({
      ...inner,
      write: (records) =>
        refuse && records.some((r) => r.topic === DEAD)
          ? Promise.reject(new StreamError('write_failed', 'no', { retriable: true }))
          : inner.write(records),
    });
    const { log, consumer, observer, publish } = await start({ writer });
    publish('refuse');
    await consumer.poll();
    await settle(() => expect(observer.retrying).toHaveBeenCalled());
    expect(consumer.commits.size).toBe(0);
    refuse = false;
    await settle(() => expect(consumer.commits.get(`${RAW}/0`)).toBe(1));
    expect(log.read(DEAD, 0)).toHaveLength(1);
  });

  it('after a rebalance in mid-write repeats, commits nothing for the old lease, and readers can tell repeats', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let first = true;
    const writer = (inner: RecordWriter): RecordWriter => ({
      ...inner,
      write: async (records) => {
        await inner.write(records);
        if (first) {
          first = false;
          await held; // written, but the acknowledgement is slow
        }
      },
    });
    const { log, consumer, publish } = await start({ writer });
    publish('banner');
    publish('banner');
    await consumer.poll();
    await settle(() => expect(log.read(CLEAN, 0)).toHaveLength(2));
    consumer.rebalance();
    publish('banner');
    const polling = consumer.poll();
    expect(consumer.commits.size).toBe(0);
    release();
    await polling;
    await settle(() => expect(consumer.commits.get(`${RAW}/0`)).toBe(3));
    const sources = log.read(CLEAN, 0).map(sourceOffsetOf);
    expect(sources).toEqual([0, 1, 0, 1, 2]);
    let highest: number | null = null;
    const kept = sources.filter((s) => {
      if (isRepeat(s, highest)) return false;
      highest = s;
      return true;
    });
    expect(kept).toEqual([0, 1, 2]);
  });

  it('ends with the error that it does not know', async () => {
    const broken = (inner: RecordWriter): RecordWriter => ({
      ...inner,
      write: () => Promise.reject(new Error('bug')),
    });
    const { consumer, publish, running: run } = await start({ writer: broken });
    publish('banner');
    await consumer.poll();
    expect(await run.failed).toMatchObject({ message: 'bug' });
  });
});

it('pauses a partition alone while too much of it waits, and fetches it again afterwards', async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const writer = (inner: RecordWriter): RecordWriter => ({
    ...inner,
    write: async (records) => {
      if (records.some((r) => r.partition === 0)) await held;
      await inner.write(records);
    },
  });
  const { log, consumer, publish } = await start({ writer });
  const pause = vi.spyOn(consumer, 'pause');
  for (let i = 0; i < 300; i++) publish('banner', 0);
  publish('banner', 1);
  await consumer.poll();
  expect(pause.mock.calls).toEqual([[RAW, 0]]);
  await settle(() => expect(log.read(CLEAN, 1)).toHaveLength(1));
  release();
  await settle(() => consumer.poll().then(() => expect(log.read(CLEAN, 0)).toHaveLength(300)));
});
