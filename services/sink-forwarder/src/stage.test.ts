import { createMixpanel, type Fault } from '@fineprint/contract-servers';
import { createBackoff, destinationRecords, EVERYTHING } from '@fineprint/destinations';
import type { Delivery, ProductEvent } from '@fineprint/schemas';
import {
  createRecordDecoder,
  createRecordEncoder,
  type RecordWriter,
  type Running,
  runEffects,
  StreamError,
  systemClock,
} from '@fineprint/stream-runtime';
import {
  createMemoryConsumer,
  createMemoryLog,
  createMemoryRegistry,
  sampleProductEvent,
} from '@fineprint/stream-testing';
import { type TopicName, topics } from '@fineprint/topology';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deliver } from './deliver.ts';
import { createGate } from './gate.ts';
import { createForwarderStage } from './stage.ts';
import { createVendorClient } from './testing/vendor-client.ts';
import { KEY } from './testing/vendors.ts';

const INPUT = 'product.events.clean';
const RECEIPTS = 'sinks.deliveries';
const DEAD = 'dead-letter.forwarder-mixpanel';
const REPLAY = 'replay.forwarder-mixpanel';
const registry = createMemoryRegistry();
const decoder = createRecordDecoder(registry, () => Date.now());
const encoder = await createRecordEncoder(registry, Object.keys(topics) as TopicName[]);

const idOf = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
const settle = (condition: () => void) => vi.waitFor(condition, { timeout: 5_000, interval: 2 });
let running: Running | undefined;
afterEach(() => running?.stop());

function createWorld() {
  const log = createMemoryLog(() => Date.now());
  const vendor = createMixpanel({ token: KEY, nowMs: Date.now });
  let fault: Fault = { kind: 'none' };
  const client = createVendorClient(vendor, { clock: systemClock, faults: () => fault, timeoutMs: 50 });
  const backoff = createBackoff(Math.random, 1_000);
  const gate = createGate(systemClock, backoff);
  const destination = destinationRecords.mixpanel;
  const selection = { ...EVERYTHING, events: null };
  const stage = createForwarderStage({
    target: { destination, selection },
    clock: systemClock,
    deliver: (events, attempt) =>
      deliver(
        events,
        {
          ...{ destination, client, gate, key: () => KEY, clock: systemClock, backoff },
          onAnswer: () => undefined,
        },
        attempt,
      ),
  });
  const observer = {
    ...{ assigned: vi.fn(), revoked: vi.fn(), fetched: vi.fn(), processed: vi.fn() },
    ...{ retrying: vi.fn(), commitFailed: vi.fn() },
  };
  const start = async (writer: RecordWriter = log, maxQueuedBytes = 100_000) => {
    const consumer = createMemoryConsumer(log, [INPUT, REPLAY], 10);
    running = await runEffects(stage, {
      ...{ consumer, writer, decoder, encoder, clock: systemClock, observer, maxQueuedBytes },
      ...{ commitIntervalMs: 1, instance: 'test', maxRecords: 100 },
    });
    return consumer;
  };
  const read = async (topic: TopicName, partition: number) => {
    const values = log.read(topic, partition).map((r) => r.value);
    await decoder.prepare(values);
    return values.flatMap((value) => {
      const decoded = decoder.decode(topic, value);
      return decoded.ok ? [decoded.record] : [];
    });
  };
  return {
    ...{ log, vendor, observer, start, read },
    async receipts() {
      const all = (await read(RECEIPTS, 1)) as Delivery[];
      return all.map((r) => [r.event_id, r.outcome, r.reason, r.status, r.attempts, r.offset]);
    },
    publish: (n: number, change: Partial<ProductEvent> = {}) =>
      log.append(INPUT, 1, {
        value: encoder.encode(
          INPUT,
          sampleProductEvent({ event_id: idOf(n), event_time: Date.now(), ...change }),
        ),
      }),
    setFault(next: Fault) {
      fault = next;
    },
  };
}

describe('the forwarder', () => {
  it('writes a receipt for every record, and the refused one to the dead letter; a replay brings it back', async () => {
    const world = createWorld();
    world.publish(1);
    world.publish(2, { user_id: 'anonymous', properties: '{"note":"private"}' });
    world.publish(3, { context: '{"consent":{"analytics":false}}' });
    const consumer = await world.start();
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${INPUT}/1`)).toBe(3));
    expect(await world.receipts()).toEqual([
      [idOf(1), 'delivered', '', 400, 1, 0],
      [idOf(2), 'rejected', 'invalid_field', 400, 1, 1],
      [idOf(3), 'dropped', 'consent_denied', null, 0, 2],
    ]);
    const [letter] = world.log.read(DEAD, 1);
    const [told] = (await world.read(DEAD, 1)) as { code: string; message: string; path: string }[];
    expect(told).toMatchObject({ code: 'invalid_field', path: 'properties.distinct_id' });
    expect(told?.message).not.toContain('private');

    world.log.append(REPLAY, 1, { value: letter?.value ?? null });
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${REPLAY}/1`)).toBe(1));
    expect((await world.receipts()).at(-1)).toEqual([idOf(2), 'rejected', 'invalid_field', 400, 1, 1]);
    expect(world.log.read(DEAD, 1)).toHaveLength(2);
  });

  it('taken away between delivering and writing it down, it delivers again, and the vendor keeps one', async () => {
    const world = createWorld();
    for (let n = 0; n < 5; n++) world.publish(n);
    let isFirst = true;
    const writer: RecordWriter = {
      ...world.log,
      write(records) {
        if (isFirst) {
          isFirst = false;
          consumer.rebalance();
          return Promise.reject(new StreamError('write_failed', 'no', { retriable: true }));
        }
        return world.log.write(records);
      },
    };
    const consumer = await world.start(writer);
    await consumer.poll();
    await settle(() => expect(world.vendor.arrivals.size).toBe(5));
    await consumer.poll();
    await settle(() => expect(consumer.commits.get(`${INPUT}/1`)).toBe(5));
    expect(world.vendor.events.size).toBe(5);
    expect([...world.vendor.arrivals.values()]).toEqual([2, 2, 2, 2, 2]);
    expect(await world.receipts()).toHaveLength(5);
  });

  it('while the destination is away fetches no more than its bound, says so, and then goes on', async () => {
    const world = createWorld();
    world.setFault({ kind: 'reset' });
    for (let n = 0; n < 200; n++) world.publish(n);
    const consumer = await world.start(world.log, 5_000);
    const paused = vi.spyOn(consumer, 'pause');
    await consumer.poll();
    await settle(() => expect(world.observer.retrying).toHaveBeenCalled());
    expect(paused).toHaveBeenCalled();
    const fetched = world.observer.fetched.mock.calls.reduce((sum, [, , n]) => sum + Number(n), 0);
    expect(fetched).toBeLessThan(60);
    const [{ error }] = world.observer.retrying.mock.calls[0] as [{ error: StreamError }];
    expect([error.code, error.message]).toEqual([
      'destination_unavailable',
      expect.stringContaining('mixpanel does not answer'),
    ]);
    world.setFault({ kind: 'none' });
    await vi.waitFor(
      async () => {
        await consumer.poll();
        expect(world.vendor.events.size).toBe(200);
      },
      { timeout: 15_000, interval: 20 },
    );
  });
});
