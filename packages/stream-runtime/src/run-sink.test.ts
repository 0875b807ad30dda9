import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleConsentUpdate,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StreamError } from './errors.ts';
import { systemClock } from './ports.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { Running } from './run-partitions.ts';
import { runSink } from './run-sink.ts';
import { PoisonError, type Sink, type SinkPosition, type SinkWrite } from './sink.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import { endingsOf } from './testing/endings-of.ts';

const TOPIC = 'consent.clean';
const DEAD = 'dead-letter.warehouse-loader';

/** A store that swaps only when it stands where the writer thinks, as ClickHouse's does by its deduplication token. */
function memoryStore(failing: { write?: (w: SinkWrite) => Error | undefined } = {}) {
  const rows: { partition: number; offset: number }[] = [];
  const writes: number[] = [];
  const stand = (partition: number): SinkPosition => {
    const mine = rows.filter((r) => r.partition === partition);
    const nextOffset = mine.length === 0 ? null : Math.max(...mine.map((r) => r.offset)) + 1;
    return { nextOffset, sourceOffset: nextOffset === null ? null : nextOffset - 1 + 100 };
  };
  const sink: Sink<'warehouse-loader'> = {
    node: 'warehouse-loader',
    open: (_topic, partition) => Promise.resolve(stand(partition)),
    holdings: (_topic, partition, first, next) => {
      const mine = rows.filter((r) => r.partition === partition).map((r) => r.offset);
      const before = mine.filter((o) => o < first);
      return Promise.resolve({
        offsets: new Set(mine.filter((o) => o >= first && o < next)),
        sourceOffsetBefore: before.length === 0 ? null : Math.max(...before) + 100,
      });
    },
    targetOf: () => 'memory/rows',
    prepare: () => Promise.resolve(),
    refusalOf: () => null,
    blockOf: (_topic, record) => String(record.input.timestampMs),
    write(w) {
      const error = failing.write?.(w);
      if (error !== undefined) return Promise.reject(error);
      if (stand(w.partition).nextOffset === w.after.nextOffset) {
        writes.push(w.records.length);
        for (const r of w.records) rows.push({ partition: w.partition, offset: r.input.offset });
      }
      return Promise.resolve(stand(w.partition));
    },
  };
  return { sink, rows, writes };
}

let running: Running | undefined;
afterEach(() => running?.stop());

async function start(store: ReturnType<typeof memoryStore>) {
  const log = createMemoryLog(() => 5_000);
  const registry = createMemoryRegistry();
  const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
  const consumer = createMemoryConsumer(log, [TOPIC], 10);
  const observer = {
    assigned: vi.fn(),
    revoked: vi.fn(),
    fetched: vi.fn(),
    processed: vi.fn(),
    retrying: vi.fn(),
    commitFailed: vi.fn(),
  };
  const publish = (count: number, options: { sources?: number[]; timestampMs?: number } = {}) => {
    for (let i = 0; i < count; i++) {
      const next = log.read(TOPIC, 0).length;
      log.append(TOPIC, 0, {
        value: encoder.encode(TOPIC, sampleConsentUpdate()),
        headers: { [SOURCE_OFFSET_HEADER]: String(options.sources?.[i] ?? next + 100) },
        timestampMs: options.timestampMs ?? 1,
      });
    }
  };
  const begin = async () => {
    running = await runSink(store.sink, {
      consumer,
      writer: log,
      encoder,
      clock: systemClock,
      observer,
      limits: { maxRows: 1000, maxBytes: 1e6, maxAgeMs: 20, lingerMs: 5 },
      maxQueuedBytes: 10_000,
      commitIntervalMs: 1,
      instance: 'test',
    });
    await consumer.poll();
  };
  return { log, consumer, observer, publish, begin };
}

const settle = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 2 });
const offsets = (store: ReturnType<typeof memoryStore>) => store.rows.map((r) => r.offset);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('runSink', () => {
  it('stores everything once, in order, in few writes', async () => {
    const store = memoryStore();
    const { publish, begin, consumer } = await start(store);
    publish(55);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(55));
    expect(offsets(store)).toEqual(upTo(55));
    expect(store.writes.length).toBeLessThan(6);
  });

  it('goes on from where the store stands, whatever the group has committed', async () => {
    const store = memoryStore();
    const { publish, begin, consumer } = await start(store);
    publish(30);
    store.rows.push(...upTo(12).map((offset) => ({ partition: 0, offset })));
    await consumer.commit(
      { owned: () => true, fresh: () => true, heartbeat: () => Promise.resolve() },
      TOPIC,
      0,
      25,
    );
    await begin();
    await consumer.poll();
    await settle(() => expect(offsets(store)).toEqual(upTo(30)));
  });

  it('drops what a crashed writer repeated', async () => {
    const store = memoryStore();
    const { publish, begin, observer } = await start(store);
    publish(5, { sources: [100, 101, 100, 101, 102] });
    await begin();
    await settle(() => expect(observer.processed).toHaveBeenCalled());
    expect(offsets(store)).toEqual([0, 1, 4]);
    expect(endingsOf(observer.processed.mock.calls[0]?.[0].account)).toEqual({
      'stored memory/rows': 3,
      'dropped repeat': 2,
    });
  });

  it('believes the store when another writer has moved it on', async () => {
    let interfered = false;
    const store = memoryStore({
      write: (w) => {
        if (!interfered) {
          interfered = true; // a zombie's write lands between our reading and our writing
          for (const r of w.records.slice(0, 3)) store.rows.push({ partition: 0, offset: r.input.offset });
        }
        return undefined;
      },
    });
    const { publish, begin, consumer } = await start(store);
    publish(8);
    await begin();
    await settle(() => expect(offsets(store)).toEqual([0, 1, 2]));
    await settle(() => consumer.poll().then(() => expect(offsets(store)).toEqual(upTo(8))));
  });

  it('stores nothing while the store is ahead of its topic, and says so; it goes on once the topic is', async () => {
    const store = memoryStore();
    const { publish, begin, consumer, observer } = await start(store);
    store.rows.push(...upTo(12).map((offset) => ({ partition: 0, offset })));
    publish(5);
    const polling = begin();
    await settle(() => expect(observer.retrying.mock.lastCall?.[0].error.code).toBe('topic_recreated'));
    expect([offsets(store), consumer.commits.size]).toEqual([upTo(12), 0]);
    publish(10);
    await polling;
    await settle(() => expect(offsets(store)).toEqual(upTo(15)));
  });

  it('finds the one record that the store refuses, keeps it in the dead letter, and stores its neighbours', async () => {
    const store = memoryStore({
      write: (w) =>
        w.records.some((r) => r.input.offset === 6) ? new PoisonError('unreadable', 'no') : undefined,
    });
    const { publish, begin, log, consumer } = await start(store);
    publish(20);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(20));
    expect(offsets(store)).toEqual(upTo(20).filter((o) => o !== 6));
    expect(log.read(DEAD, 0)).toHaveLength(1);
  });

  it('waits for a store that is away, then goes on', async () => {
    let away = 3;
    const store = memoryStore({
      write: () => (away-- > 0 ? new StreamError('unavailable', 'away', { retriable: true }) : undefined),
    });
    const { publish, begin, observer } = await start(store);
    publish(3);
    await begin();
    await settle(() => expect(offsets(store)).toEqual([0, 1, 2]));
    expect(observer.retrying).toHaveBeenCalledTimes(3);
  });

  it('cuts writes where the block changes', async () => {
    const store = memoryStore();
    const { publish, begin } = await start(store);
    publish(4, { timestampMs: 1 });
    publish(3, { timestampMs: 2 });
    await begin();
    await settle(() => expect(store.writes).toEqual([4, 3]));
  });
});

describe('the ledger of a sink', () => {
  it('tells of what was stored before a crash, without storing it again', async () => {
    const store = memoryStore();
    // The rows stand and nothing was told or committed: its writer was killed in between.
    store.rows.push(...upTo(3).map((offset) => ({ partition: 0, offset })));
    const { log, publish, begin, consumer, observer } = await start(store);
    publish(3);
    publish(2, { sources: [102, 103] });
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(5));
    expect(offsets(store)).toEqual([0, 1, 2, 4]);
    const accounts = observer.processed.mock.calls.map(([event]) => endingsOf(event.account));
    expect(accounts).toEqual([{ 'stored memory/rows': 4, 'dropped repeat': 1 }]);
    expect(log.read('pipeline.ledger', 0)).toHaveLength(1);
  });
});
