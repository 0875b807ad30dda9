import type { DeadLetter } from '@fineprint/schemas';
import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleConsentUpdate,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { REPLAY_OF_HEADER } from './dead-letter.ts';
import { StreamError } from './errors.ts';
import { systemClock } from './ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { Running } from './run-partitions.ts';
import { runSink, type SinkDependencies } from './run-sink.ts';
import { PoisonError, type Sink, type SinkPosition, type SinkWrite } from './sink.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import { endingsOf } from './testing/endings-of.ts';

const TOPIC = 'consent.clean';
const REPLAY = 'replay.warehouse-loader';
const DEAD = 'dead-letter.warehouse-loader';

/** A store that swaps only when it stands where the writer thinks, as ClickHouse's does by its deduplication token. */
function memoryStore(failing: { write?: (w: SinkWrite) => Error | undefined } = {}) {
  const rows: { partition: number; offset: number }[] = [];
  const writes: number[] = [];
  const restored: number[] = [];
  const holds = (partition: number, offset: number) =>
    rows.some((r) => r.partition === partition && r.offset === offset);
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
    holds: (_topic, partition, record) => Promise.resolve(holds(partition, record.input.offset)),
    restore(topic, partition, record) {
      const error = failing.write?.({ topic, partition, after: stand(partition), records: [record] });
      if (error !== undefined) return Promise.reject(error);
      if (holds(partition, record.input.offset)) return Promise.resolve('held');
      restored.push(record.input.offset);
      rows.push({ partition, offset: record.input.offset });
      return Promise.resolve('stored');
    },
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
  return { sink, rows, writes, restored };
}

let running: Running | undefined;
afterEach(() => running?.stop());

async function start(store: ReturnType<typeof memoryStore>, more: Partial<SinkDependencies> = {}) {
  const log = createMemoryLog(() => 5_000);
  const registry = createMemoryRegistry();
  const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
  const consumer = createMemoryConsumer(log, [TOPIC, REPLAY], 10);
  const observer = {
    assigned: vi.fn(),
    revoked: vi.fn(),
    fetched: vi.fn(),
    processed: vi.fn(),
    retrying: vi.fn(),
    commitFailed: vi.fn(),
  };
  const publish = (
    count: number,
    options: { sources?: number[]; timestampMs?: number; partition?: number } = {},
  ) => {
    const { partition = 0 } = options;
    for (let i = 0; i < count; i++) {
      const next = log.read(TOPIC, partition).length;
      log.append(TOPIC, partition, {
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
      decoder: createRecordDecoder(registry, Date.now),
      snapshotReader: log,
      clock: systemClock,
      observer,
      limits: { maxRows: 1000, maxBytes: 1e6, maxAgeMs: 20, lingerMs: 5 },
      maxQueuedBytes: 10_000,
      commitIntervalMs: 1,
      instance: 'test',
      ...more,
    });
    await consumer.poll();
  };
  /** The replay of the first letter that lies in the dead letter topic, changed. */
  const replay = async (change: Partial<DeadLetter> = {}) => {
    const decoder = createRecordDecoder(registry, Date.now);
    const [letter] = log.read(DEAD, 0);
    await decoder.prepare([letter?.value ?? null]);
    const decoded = decoder.decode(DEAD, letter?.value ?? null);
    if (!decoded.ok) throw new Error('there is no letter');
    log.append(REPLAY, 0, { value: encoder.encode(REPLAY, { ...decoded.record, ...change }) });
    await consumer.poll();
  };
  const lettersLeft = async () => {
    const decoder = createRecordDecoder(registry, Date.now);
    const letters = log.read(DEAD, 0);
    await decoder.prepare(letters.map((l) => l.value));
    return letters.map((l) => {
      const decoded = decoder.decode(DEAD, l.value);
      if (!decoded.ok) throw new Error(decoded.code);
      return decoded.record;
    });
  };
  return { log, consumer, observer, publish, begin, replay, lettersLeft };
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

  it('lets so many partitions write at a time, and none of them wait for one whose writes fail', async () => {
    let underWay = 0;
    let most = 0;
    const store = memoryStore({
      write: (w) =>
        w.partition === 0
          ? new StreamError('unavailable', 'this one is away', { retriable: true })
          : undefined,
    });
    const { write } = store.sink;
    const counted: Sink<'warehouse-loader'> = {
      ...store.sink,
      async write(w) {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 2));
        underWay--;
        return write(w);
      },
    };
    const { publish, begin, observer } = await start({ ...store, sink: counted }, { maxWrites: 1 });
    for (let partition = 0; partition < 6; partition++) publish(3, { partition });
    await begin();
    await settle(() => expect(store.rows).toHaveLength(15));
    expect(observer.retrying).toHaveBeenCalledWith(
      expect.objectContaining({ partition: 0, operation: 'store' }),
    );
    expect(most).toBe(1);
    store.rows.length = 0;
  });

  it('takes along what came while it waited for its turn', async () => {
    let release: () => void = () => undefined;
    const isFree = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store = memoryStore();
    const { write } = store.sink;
    const slow: Sink<'warehouse-loader'> = {
      ...store.sink,
      async write(w) {
        if (w.partition === 0) await isFree;
        return write(w);
      },
    };
    const { publish, begin, consumer } = await start({ ...store, sink: slow }, { maxWrites: 1 });
    publish(1);
    await begin();
    await new Promise((resolve) => setTimeout(resolve, 20)); // partition 0 writes
    for (let i = 0; i < 5; i++) {
      publish(10, { partition: 1 });
      await consumer.poll();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    release();
    await settle(() => expect(store.rows).toHaveLength(51));
    expect(store.writes).toEqual([1, 50]);
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

  it('counts by its rule what the store keeps in no row, also after a crash in between', async () => {
    const store = memoryStore();
    const dropped = new Map([[2, 'duplicate_id']]);
    const { write, holdings } = store.sink;
    Object.assign(store.sink, {
      write: async (w: SinkWrite) => {
        const now = await write({ ...w, records: w.records.filter((r) => !dropped.has(r.input.offset)) });
        return { ...now, dropped };
      },
      holdings: async (...of: Parameters<typeof holdings>) => ({ ...(await holdings(...of)), dropped }),
    });
    const { publish, begin, consumer, observer } = await start(store);
    // Written before a crash, and not told of.
    store.rows.push(...[0, 1, 3].map((offset) => ({ partition: 0, offset })));
    publish(4);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(4));
    dropped.set(5, 'duplicate_id');
    publish(3);
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7));
    expect(observer.processed.mock.calls.map(([e]) => endingsOf(e.account))).toEqual([
      { 'stored memory/rows': 3, 'dropped duplicate_id': 1 },
      { 'stored memory/rows': 2, 'dropped duplicate_id': 1 },
    ]);
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

describe('runSink, a dead letter that comes back', () => {
  const refusing = (offset: number) => {
    const state = { mended: false };
    const store = memoryStore({
      write: (w) =>
        !state.mended && w.records.some((r) => r.input.offset === offset)
          ? new PoisonError('unreadable', 'no')
          : undefined,
    });
    return { store, state };
  };
  const done = (consumer: { commits: ReadonlyMap<string, number> }, n: number) =>
    settle(() => expect(consumer.commits.get(`${REPLAY}/0`)).toBe(n));

  it('is stored in its gap, once however often it comes, and the store stands where it stood', async () => {
    const { store, state } = refusing(6);
    const { publish, begin, consumer, replay, observer } = await start(store);
    publish(20);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(20));
    state.mended = true;
    await replay();
    await replay();
    await done(consumer, 2);
    expect(store.restored).toEqual([6]);
    publish(5);
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(25));
    expect(offsets(store).sort((a, b) => a - b)).toEqual(upTo(25));
    const lines = observer.processed.mock.calls
      .filter(([e]) => e.topic === REPLAY)
      .flatMap(([e]) => e.account.lines());
    expect(lines.map((l: { kind: string; records: number }) => [l.kind, l.records])).toEqual([
      ['stored', 1],
      ['dropped', 1],
    ]);
  });

  it.each([1, 8])(
    'is stored as the last of %i records, and neither lost nor stored again afterwards',
    async (n) => {
      const { store, state } = refusing(n - 1);
      const { publish, begin, consumer, replay } = await start(store);
      publish(n);
      await begin();
      await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(n));
      state.mended = true;
      await replay();
      await done(consumer, 1);
      expect(offsets(store)).toEqual(upTo(n));
      consumer.rebalance();
      publish(5);
      await settle(() => consumer.poll().then(() => expect(offsets(store)).toEqual(upTo(n + 5))));
      await replay();
      await done(consumer, 2);
      expect(offsets(store)).toEqual(upTo(n + 5));
    },
  );

  it('after a restart has read the last record again and stored it, its letter changes nothing', async () => {
    const { store, state } = refusing(3);
    const { publish, begin, consumer, replay } = await start(store);
    publish(4);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(4));
    state.mended = true;
    consumer.rebalance();
    publish(1);
    await settle(() => consumer.poll().then(() => expect(offsets(store)).toEqual(upTo(5))));
    await replay();
    await done(consumer, 1);
    expect(offsets(store)).toEqual(upTo(5));
  });

  it.each([3, 6])(
    'that is refused again (offset %i of 7) is a letter of the same id, which says whose replay it was',
    async (o) => {
      const { store } = refusing(o);
      const { publish, begin, consumer, replay, lettersLeft } = await start(store);
      publish(7);
      await begin();
      await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(7));
      await replay();
      await done(consumer, 1);
      const letters = await lettersLeft();
      expect(letters).toHaveLength(2);
      expect(new Set(letters.map((l) => l.dead_letter_id)).size).toBe(1);
      expect(letters[1]).toMatchObject({ code: 'unreadable', source_topic: TOPIC, source_offset: o });
      expect(letters[1]?.headers[REPLAY_OF_HEADER]?.toString()).toBe(letters[0]?.dead_letter_id);
      expect(offsets(store)).not.toContain(o);
    },
  );

  it('waits until the sink itself has got as far', async () => {
    const { store, state } = refusing(3);
    const { publish, begin, consumer, replay, observer } = await start(store);
    publish(4);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(4));
    state.mended = true;
    await replay({ source_offset: 9 });
    await settle(() => expect(observer.retrying).toHaveBeenCalled());
    expect(offsets(store)).toEqual([0, 1, 2]);
    publish(7);
    await settle(() => consumer.poll().then(() => expect(offsets(store)).toContain(10)));
    await done(consumer, 1);
    expect(new Set(offsets(store)).size).toBe(offsets(store).length);
  });

  it.each([
    { stage: 'pii-scrubber' },
    { source_topic: 'product.events.raw' },
    { source_topic: REPLAY },
    { source_partition: 1 },
    { source_offset: null },
  ])('is refused where it does not belong: %o', async (change) => {
    const { store } = refusing(3);
    const { publish, begin, consumer, replay, lettersLeft } = await start(store);
    publish(6);
    await begin();
    await settle(() => expect(consumer.commits.get(`${TOPIC}/0`)).toBe(6));
    await replay(change);
    await done(consumer, 1);
    expect((await lettersLeft())[1]).toMatchObject({ code: 'misplaced_replay', source_topic: REPLAY });
  });
});
