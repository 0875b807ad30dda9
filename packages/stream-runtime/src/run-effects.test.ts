import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleConsentUpdate,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EffectStage } from './effect-stage.ts';
import { StreamError } from './errors.ts';
import { type RecordWriter, systemClock } from './ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder, type RecordEncoder } from './record-encoder.ts';
import { runEffects } from './run-effects.ts';
import type { Running } from './run-partitions.ts';
import { PoisonError } from './sink.ts';
import { sourceOffsetOf } from './source-offset.ts';
import { endingsOf } from './testing/endings-of.ts';

const INPUT = 'consent.updates';
const OUTPUT = 'consent.clean';
const DEAD = 'dead-letter.pii-scrubber';
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());

let log: ReturnType<typeof createMemoryLog>;
let encoder: RecordEncoder;
let running: Running | undefined;
/** A store: the method told last by each user. Publishes two records for each. */
let store: Map<string, string>;
let batches: number[];

const stage: EffectStage<'pii-scrubber', typeof INPUT> = {
  node: 'pii-scrubber',
  input: INPUT,
  admit({ method }) {
    if (method === 'drop') return { type: 'drop', reason: 'asked_to' };
    if (method === 'unreadable')
      return { type: 'dead-letter', code: 'unreadable', message: 'cannot be read' };
    return 'apply';
  },
  apply(records) {
    batches.push(records.length);
    if (records.some(({ record }) => record.method === 'poison'))
      return Promise.reject(new PoisonError('store_refused', 'the store refuses it'));
    for (const { record } of records) store.set(record.user_id ?? '', record.method ?? '');
    return Promise.resolve({
      emissions: records.flatMap(({ record }) => {
        const news = sampleConsentUpdate({
          user_id: record.user_id,
          method: store.get(record.user_id ?? '') ?? null,
        });
        return [1, 2].map(() => ({ to: OUTPUT, key: record.user_id ?? '', record: news }) as const);
      }),
    });
  },
};

beforeEach(async () => {
  log = createMemoryLog(() => 1);
  encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
  store = new Map();
  batches = [];
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(options: { writer?: RecordWriter; apply?: typeof stage.apply } = {}) {
  const consumer = createMemoryConsumer(log, [INPUT], 100);
  const observer = {
    assigned: vi.fn(),
    revoked: vi.fn(),
    fetched: vi.fn(),
    processed: vi.fn(),
    retrying: vi.fn(),
    commitFailed: vi.fn(),
  };
  running = await runEffects(
    { ...stage, apply: options.apply ?? stage.apply },
    {
      consumer,
      writer: options.writer ?? log,
      decoder,
      encoder,
      clock: systemClock,
      observer,
      maxQueuedBytes: 100_000,
      commitIntervalMs: 1,
      instance: 'test',
      maxRecords: 4,
    },
  );
  await consumer.poll();
  return { consumer, observer };
}
const publish = (user: string, method: string, partition = 0) =>
  log.append(INPUT, partition, {
    value: encoder.encode(INPUT, sampleConsentUpdate({ user_id: user, method })),
  });
const settle = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 2 });

describe('runEffects', () => {
  it('publishes what the store says, to the same partition, without source offsets, and then commits', async () => {
    for (let i = 0; i < 10; i++) publish(`u${i}`, 'yes', 3);
    const { consumer } = await start();
    await settle(() => expect(consumer.commits.get(`${INPUT}/3`)).toBe(10));
    expect(batches).toEqual([4, 4, 2]);
    const out = log.read(OUTPUT, 3);
    expect(out).toHaveLength(20);
    expect(out.map(sourceOffsetOf)).toEqual(out.map(() => null));
    expect(out[0]?.key?.toString()).toBe('u0');
  });

  it('gives each record one outcome: unreadable ones and those that the store refuses go to the dead letter', async () => {
    publish('a', 'yes');
    publish('b', 'poison');
    publish('c', 'unreadable');
    log.append(INPUT, 0, { value: Buffer.from('garbage') });
    publish('d', 'drop');
    publish('d', 'yes');
    const { consumer, observer } = await start();
    await settle(() => expect(consumer.commits.get(`${INPUT}/0`)).toBe(6));
    expect([...store.keys()]).toEqual(['a', 'd']);
    expect(log.read(DEAD, 0)).toHaveLength(3);
    expect(observer.processed.mock.calls.map(([event]) => endingsOf(event.account))).toMatchObject([
      {
        applied: 1,
        'dead_lettered unreadable': 1,
        'dead_lettered not_avro': 1,
        'dead_lettered store_refused': 1,
      },
      { applied: 1, 'dropped asked_to': 1 },
    ]);
  });

  it('commits nothing while the store is away, and loses nothing', async () => {
    let away = true;
    publish('a', 'yes');
    const { consumer, observer } = await start({
      apply: (records, attempt) =>
        away
          ? Promise.reject(new StreamError('unavailable', 'away', { retriable: true }))
          : stage.apply(records, attempt),
    });
    await settle(() => expect(observer.retrying).toHaveBeenCalled());
    expect(consumer.commits.size).toBe(0);
    away = false;
    await settle(() => expect(consumer.commits.get(`${INPUT}/0`)).toBe(1));
    expect(log.read(OUTPUT, 0)).toHaveLength(2);
  });

  it('publishes again what was stored but not published, after the partition was taken away in between', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFirst = true;
    const writer: RecordWriter = {
      ...log,
      async write(records) {
        if (isFirst) {
          isFirst = false;
          await held;
          throw new StreamError('write_failed', 'no', { retriable: true });
        }
        await log.write(records);
      },
    };
    publish('a', 'yes');
    const { consumer } = await start({ writer });
    await settle(() => expect(store.size).toBe(1));
    consumer.rebalance();
    const polling = consumer.poll();
    release();
    await polling;
    await settle(() => expect(consumer.commits.get(`${INPUT}/0`)).toBe(1));
    expect(log.read(OUTPUT, 0)).toHaveLength(2);
  });
});
