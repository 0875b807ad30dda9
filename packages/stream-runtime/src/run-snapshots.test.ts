import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  type MemoryConsumer,
  sampleConsentUpdate,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StreamError } from './errors.ts';
import { systemClock } from './ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder, type RecordEncoder } from './record-encoder.ts';
import type { Running } from './run-partitions.ts';
import { runSnapshots } from './run-snapshots.ts';
import type { SnapshotStage } from './snapshot-stage.ts';
import { SOURCE_OFFSET_HEADER } from './source-offset.ts';
import { endingsOf } from './testing/endings-of.ts';

const INPUT = 'consent.updates';
const SNAPSHOTS = 'consent.clean';

interface Count {
  count: number;
  asOf: number;
  dirty: boolean;
}

/** Counts records per user. Its snapshots borrow the consent record: user, and count and as-of in `properties`. */
const counter: SnapshotStage<'pii-scrubber', typeof INPUT, typeof SNAPSHOTS, Map<string, Count>, null> = {
  node: 'pii-scrubber',
  input: INPUT,
  snapshots: SNAPSHOTS,
  createState: () => new Map(),
  restore(state, snapshot) {
    const { count, asOf } = JSON.parse(snapshot.properties) as { count: number; asOf: number };
    const known = state.get(snapshot.user_id ?? '');
    if (known === undefined || known.asOf < asOf)
      state.set(snapshot.user_id ?? '', { count, asOf, dirty: false });
  },
  lookup: (batch) => Promise.resolve(batch.map(() => null)),
  apply(state, { record, input }) {
    if (record.user_id === null) return { type: 'drop', reason: 'nobody' };
    const entry = state.get(record.user_id) ?? { count: 0, asOf: -1, dirty: false };
    state.set(record.user_id, entry);
    if (input.offset <= entry.asOf) return 'applied';
    entry.count++;
    entry.dirty = true;
    return 'applied';
  },
  takeSnapshots(state, asOf) {
    return [...state]
      .filter(([, entry]) => entry.dirty)
      .map(([user, entry]) => {
        entry.dirty = false;
        entry.asOf = asOf.offset;
        const properties = JSON.stringify({ count: entry.count, asOf: asOf.offset });
        return { key: user, record: sampleConsentUpdate({ user_id: user, properties }) };
      });
  },
};

const log = () => createMemoryLog(() => 1);
let broker: ReturnType<typeof log>;
let encoder: RecordEncoder;
let running: Running | undefined;
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());

beforeEach(async () => {
  broker = log();
  encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const publish = (user: string | null, source: number, partition = 0) =>
  broker.append(INPUT, partition, {
    value: encoder.encode(INPUT, sampleConsentUpdate({ user_id: user })),
    headers: { [SOURCE_OFFSET_HEADER]: String(source) },
  });

async function start(
  consumer: MemoryConsumer = createMemoryConsumer(broker, [INPUT], 4),
  stage: typeof counter = counter,
) {
  const observer = {
    assigned: vi.fn(),
    revoked: vi.fn(),
    fetched: vi.fn(),
    processed: vi.fn(),
    retrying: vi.fn(),
    commitFailed: vi.fn(),
  };
  running = await runSnapshots(stage, {
    consumer,
    writer: broker,
    decoder,
    encoder,
    clock: systemClock,
    observer,
    maxQueuedBytes: 100_000,
    commitIntervalMs: 1,
    instance: 'test',
    flushIntervalMs: 5,
    snapshotReader: broker,
    ...(stage.prepare === undefined ? {} : { prepareIntervalMs: 5 }),
  });
  await consumer.poll();
  return { consumer, observer };
}

/** What a store would hold: per user the snapshot of the highest as-of. */
async function stored(partition = 0): Promise<Record<string, number>> {
  const records = broker.read(SNAPSHOTS, partition);
  await decoder.prepare(records.map((r) => r.value));
  const latest = new Map<string, { count: number; asOf: number }>();
  for (const { value } of records) {
    const decoded = decoder.decode(SNAPSHOTS, value);
    if (!decoded.ok) throw new Error(decoded.code);
    const snapshot = JSON.parse(decoded.record.properties) as { count: number; asOf: number };
    const user = decoded.record.user_id ?? '';
    if ((latest.get(user)?.asOf ?? -1) < snapshot.asOf) latest.set(user, snapshot);
  }
  return Object.fromEntries([...latest].map(([user, { count }]) => [user, count]));
}
const settle = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 2 });

describe('runSnapshots', () => {
  it('publishes what changed to the same partition, then commits', async () => {
    for (let i = 0; i < 10; i++) publish(i % 2 === 0 ? 'a' : 'b', i, 3);
    publish(null, 10, 3);
    const { consumer, observer } = await start();
    await settle(() => expect(consumer.commits.get(`${INPUT}/3`)).toBe(11));
    expect(await stored(3)).toEqual({ a: 5, b: 5 });
    const tallies = observer.processed.mock.calls.map(
      ([event]) => endingsOf(event.account)['dropped nobody'] ?? 0,
    );
    expect(tallies.reduce((sum, n) => sum + n, 0)).toBe(1);
  });

  it('counts nothing twice when a crash comes between snapshot and commit', async () => {
    for (let i = 0; i < 6; i++) publish('a', i);
    const first = createMemoryConsumer(broker, [INPUT], 4);
    vi.spyOn(first, 'commit').mockResolvedValue(false); // the process dies before its commit is taken
    await start(first);
    await settle(async () => expect(await stored()).toEqual({ a: 6 }));
    await running?.stop();
    publish('a', 6);
    await start();
    await settle(async () => expect(await stored()).toEqual({ a: 7 }));
  });

  it('loses nothing when a crash comes in the middle of writing snapshots', async () => {
    for (const [source, user] of ['a', 'b', 'a', 'b'].entries()) publish(user, source);
    const first = createMemoryConsumer(broker, [INPUT], 4);
    const write = broker.write;
    // Too much for one request: the first is stored, and the process dies before the second.
    const spy = vi.spyOn(broker, 'write').mockImplementation(async (records) => {
      await write(records.slice(0, 1));
      await new Promise(() => undefined);
    });
    void start(first).catch(() => undefined);
    await settle(async () => expect(await stored()).toEqual({ a: 2 }));
    running = undefined;
    spy.mockRestore();
    await start();
    await settle(async () => expect(await stored()).toEqual({ a: 2, b: 2 }));
  });

  it('drops what a crashed writer repeats, before and after a restart', async () => {
    for (const source of [0, 1, 0, 1, 2]) publish('a', source);
    const first = await start();
    await settle(() => expect(first.consumer.commits.get(`${INPUT}/0`)).toBe(5));
    expect(await stored()).toEqual({ a: 3 });
    await running?.stop();
    for (const source of [2, 3]) publish('a', source);
    first.consumer.rebalance();
    await start(first.consumer);
    await settle(() => expect(first.consumer.commits.get(`${INPUT}/0`)).toBe(7));
    expect(await stored()).toEqual({ a: 4 });
  });

  it('writes nothing while the group has not been heard for a session', async () => {
    publish('a', 0);
    let fresh = false;
    const consumer = createMemoryConsumer(broker, [INPUT], 4);
    const inner = consumer.start;
    vi.spyOn(consumer, 'start').mockImplementation((handlers) =>
      inner({
        ...handlers,
        onBatch: (batch, lease) => handlers.onBatch(batch, { ...lease, fresh: () => fresh }),
      }),
    );
    await start(consumer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(broker.read(SNAPSHOTS, 0)).toHaveLength(0);
    fresh = true;
    await settle(async () => expect(await stored()).toEqual({ a: 1 }));
  });

  it('prepares before the first batch and where none comes, and is shown its history once each', async () => {
    for (const source of [0, 1, 1, 2]) publish('a', source);
    broker.append(INPUT, 0, { value: Buffer.from('no record') });
    const first = await start();
    await settle(() => expect(first.consumer.commits.get(`${INPUT}/0`)).toBe(5));
    await running?.stop();
    const shown: number[] = [];
    let asked = 0;
    const prepare: typeof counter.prepare = async (state, history) => {
      if (history.endOffset !== 5 || asked++ !== 3) return false;
      await history.read((records) => {
        shown.push(...records.map((r) => r.input.offset));
        state.set('late', { count: records.length, asOf: -1, dirty: true });
      });
      return true;
    };
    await start(first.consumer, { ...counter, prepare });
    await settle(async () => expect(await stored()).toEqual({ a: 3, late: 3 }));
    expect(shown).toEqual([0, 1, 3]);
    expect(first.consumer.commits.get(`${INPUT}/0`)).toBe(5);
  });

  it('prepares again after a dependency was away, and says when that is over', async () => {
    let tries = 0;
    const prepare = () =>
      ++tries < 3
        ? Promise.reject(new StreamError('unavailable', 'away', { retriable: true }))
        : Promise.resolve(false);
    const { observer } = await start(undefined, { ...counter, prepare });
    const retried = 2; // partitions whose first try failed
    await settle(() => expect(observer.processed).toHaveBeenCalledTimes(retried));
    expect(observer.retrying).toHaveBeenCalledWith(expect.objectContaining({ operation: 'prepare' }));
  });

  it('writes a large change in parts, takes keys away, and forgets them at restoring', async () => {
    const forgotten: string[] = [];
    const inParts: typeof counter = {
      ...counter,
      takeSnapshots: (state, asOf, nowMs) => {
        const [next] = [...state].filter(([, entry]) => entry.dirty);
        if (next === undefined) return [];
        const [user, entry] = next;
        if (user !== 'gone') return counter.takeSnapshots(new Map([next]), asOf, nowMs);
        entry.dirty = false;
        return [{ key: user, record: null }];
      },
      forget: (_state, key) => void forgotten.push(key),
    };
    ['a', 'b', 'gone', 'a'].forEach((user, source) => void publish(user, source));
    const { consumer } = await start(undefined, inParts);
    await settle(() => expect(consumer.commits.get(`${INPUT}/0`)).toBe(4));
    const written = broker.read(SNAPSHOTS, 0);
    expect(written.map((r) => [r.key?.toString(), r.value === null])).toEqual([
      ['a', false],
      ['b', false],
      ['gone', true],
    ]);
    await running?.stop();
    publish('b', 4);
    await start(consumer, inParts);
    await settle(() => expect(consumer.commits.get(`${INPUT}/0`)).toBe(5));
    expect(forgotten).toEqual(['gone']);
  });
});
