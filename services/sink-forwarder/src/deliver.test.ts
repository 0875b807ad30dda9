import { always, type Fault, mulberry32, seededFaults, type Vendor } from '@fineprint/contract-servers';
import {
  createBackoff,
  destinationRecords,
  EVERYTHING,
  type MappedEvent,
  prepare,
} from '@fineprint/destinations';
import type { ProductEvent } from '@fineprint/schemas';
import type { EffectAttempt, StreamError } from '@fineprint/stream-runtime';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { type DestinationName, destinations } from '@fineprint/topology';
import { describe, expect, it, vi } from 'vitest';
import { deliver } from './deliver.ts';
import { createGate } from './gate.ts';
import { createVendorClient } from './testing/vendor-client.ts';
import { createVendor, KEY } from './testing/vendors.ts';
import { createVirtualClock } from './testing/virtual-clock.ts';

const START_MS = Date.UTC(2026, 0, 31);
const MINUTE_MS = 60_000;
const TIMEOUT_MS = 10_000;

const idOf = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
const eventOf = (n: number, change: Partial<ProductEvent> = {}) =>
  sampleProductEvent({
    ...{ event_id: idOf(n), event_time: START_MS - 1_000 + n, user_id: `user-${n % 7}`, ...change },
  });

interface World {
  readonly name: DestinationName;
  readonly faults?: (nowMs: number) => Fault;
  readonly seed?: number;
  readonly vendor?: (nowMs: () => number) => Vendor;
}

function createWorld({ name, faults, seed = 1, vendor: make }: World) {
  const clock = createVirtualClock(START_MS);
  const destination = destinationRecords[name];
  const vendor = (make ?? ((nowMs) => createVendor(name, nowMs)))(clock.nowMs);
  const told = faults ?? (() => ({ kind: 'none' }) as const);
  const client = createVendorClient(vendor, {
    ...{ clock, timeoutMs: TIMEOUT_MS, faults: () => told(clock.nowMs() - START_MS) },
  });
  const backoff = createBackoff(mulberry32(seed), MINUTE_MS);
  const gate = createGate(clock, backoff);
  const failures: StreamError[] = [];
  let isOver = false;
  const attempt: EffectAttempt = {
    lease: { owned: () => !isOver, fresh: () => true, heartbeat: () => Promise.resolve() },
    stopping: () => false,
    onFailure: (error) => void failures.push(error),
  };
  const onAnswer = vi.fn();
  const map = (event: ProductEvent): MappedEvent => {
    const prepared = prepare(destination, EVERYTHING, event);
    if (prepared.is !== 'mapped') throw new Error(prepared.is);
    return prepared.event;
  };
  const send = (events: readonly ProductEvent[]) =>
    deliver(
      events.map(map),
      { destination, client, gate, key: () => KEY, clock, backoff, onAnswer },
      attempt,
    );
  return {
    ...{ clock, vendor, client, gate, failures, send },
    takeAway: () => {
      isOver = true;
    },
  };
}

/** As six partitions do: each its own users, batch after batch. */
async function sendAll({ clock, send }: ReturnType<typeof createWorld>, events: readonly ProductEvent[]) {
  const partitions = [0, 1, 2].map(async (partition) => {
    const own = events.filter((e) => Number(e.user_id?.slice(5)) % 3 === partition);
    const results = [];
    for (let from = 0; from < own.length; from += 20)
      results.push(...(await send(own.slice(from, from + 20))));
    return results;
  });
  return (await clock.run(Promise.all(partitions))).flat();
}

const TEN_MINUTES_OF: Readonly<Record<string, Fault>> = {
  down: { kind: 'reset' },
  slow: { kind: 'slow', delayMs: 9_000 },
  'too slow': { kind: 'slow', delayMs: 11_000 },
  '429 with Retry-After': { kind: 'busy', retryAfterS: 20 },
  '429 without': { kind: 'busy', retryAfterS: null },
  'answering 500': { kind: 'error', status: 500 },
  'answering late, after it took the events': { kind: 'timeout-after' },
  'cutting off, after it took the events': { kind: 'reset-after' },
};

/** Order of the first arrivals, by user. */
function byUser(vendor: Vendor, events: readonly ProductEvent[]) {
  const userOf = new Map(events.map((e) => [e.event_id, e.user_id ?? '']));
  const ids = [...vendor.events.keys()].map((key) => /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(key)?.[0] ?? '');
  return Map.groupBy(ids, (id) => userOf.get(id) ?? '');
}

describe.each(destinations)('%s', (name) => {
  const events = Array.from({ length: 210 }, (_, n) => eventOf(n));

  it.each(Object.entries(TEN_MINUTES_OF))(
    'ten minutes %s: nothing lost, nothing double, in order',
    async (_, fault) => {
      const world = createWorld({
        name,
        faults: (ms) => (ms < 10 * MINUTE_MS ? fault : { kind: 'none' }),
      });
      const results = await sendAll(world, events);
      expect(results.map((r) => r.fate.is)).toEqual(events.map(() => 'delivered'));
      expect(world.vendor.events.size).toBe(events.length);
      for (const [user, ids] of byUser(world.vendor, events))
        expect(ids).toEqual(events.filter((e) => e.user_id === user).map((e) => e.event_id));
      if (fault.kind !== 'slow') {
        // Somebody looks about once a minute, and not each partition by itself.
        const during = world.client.sentAtMs.filter((ms) => ms < START_MS + 10 * MINUTE_MS);
        expect(during.length).toBeLessThan(fault.kind === 'busy' ? 130 : 40);
        expect(world.failures.length).toBeGreaterThan(3);
      }
    },
  );

  it('whatever goes wrong, by seed: once each', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const faults = seededFaults(seed, 0.4, 20_000);
      const world = createWorld({ name, seed, faults });
      const results = await sendAll(world, events);
      expect([seed, results.length, world.vendor.events.size]).toEqual([seed, events.length, events.length]);
      for (const ids of byUser(world.vendor, events).values()) expect(ids).toEqual(ids.toSorted());
    }
  });

  it('with a key that is refused nothing is given up: it waits for somebody to mend it', async () => {
    let isMended = false;
    const world = createWorld({
      name,
      vendor: (nowMs) => {
        const vendor = createVendor(name, nowMs);
        return {
          ...vendor,
          handle: (r) => (isMended ? vendor.handle(r) : { status: 401, body: 'who are you?' }),
        };
      },
      faults: (ms) => {
        isMended ||= ms > 5 * MINUTE_MS;
        return { kind: 'none' };
      },
    });
    const [result] = await world.clock.run(world.send([eventOf(1)]));
    expect(result?.fate.is).toBe('delivered');
    expect(world.failures[0]?.message).toMatch(/answers 401: its key or address in the settings is wrong/);
  });

  it('stops waiting when the partition is taken away', async () => {
    const world = createWorld({ name, faults: always({ kind: 'reset' }) });
    world.clock.after(3 * MINUTE_MS, world.takeAway);
    await expect(world.clock.run(world.send([eventOf(1)]))).rejects.toMatchObject({
      ...{ code: 'destination_unavailable', retriable: true },
    });
    expect(world.clock.nowMs() - START_MS).toBeLessThan(3 * MINUTE_MS + 1_000);
  });
});

describe('answers about single events', () => {
  it('the refused one is rejected, its neighbours are taken, and each says how often it was sent', async () => {
    const world = createWorld({ name: 'mixpanel' });
    const future = eventOf(1, { event_time: START_MS + 7_200_000 });
    const results = await world.clock.run(
      world.send([eventOf(0), future, eventOf(2, { user_id: 'anonymous' })]),
    );
    expect(results).toEqual([
      { fate: { is: 'delivered' }, status: 400, attempts: 1 },
      { fate: { is: 'rejected', code: 'invalid_field', path: 'properties.time' }, status: 400, attempts: 1 },
      {
        fate: { is: 'rejected', code: 'invalid_field', path: 'properties.distinct_id' },
        status: 400,
        attempts: 1,
      },
    ]);
  });

  it('of a batch that is refused as a whole the others go again', async () => {
    const world = createWorld({ name: 'amplitude' });
    const results = await world.clock.run(
      world.send([eventOf(0), eventOf(1, { user_id: 'nil' }), eventOf(2)]),
    );
    expect(results.map((r) => [r.fate.is, r.attempts])).toEqual([
      ['delivered', 2],
      ['rejected', 1],
      ['delivered', 2],
    ]);
    expect(world.clock.nowMs()).toBe(START_MS);
  });

  it('where nothing says which, it is found by halving', async () => {
    const refuses = new Set(['bad']);
    const world = createWorld({
      name: 'segment',
      vendor: (nowMs) => {
        const vendor = createVendor('segment', nowMs);
        const isBad = (body: string) => [...refuses].some((word) => body.includes(`"${word}"`));
        return { ...vendor, handle: (r) => (isBad(r.body) ? { status: 400, body: '' } : vendor.handle(r)) };
      },
    });
    const events = Array.from({ length: 16 }, (_, n) => eventOf(n, n === 11 ? { event_name: 'bad' } : {}));
    const results = await world.clock.run(world.send(events));
    expect(results.flatMap((r, i) => (r.fate.is === 'rejected' ? [i] : []))).toEqual([11]);
    expect(results[11]?.fate).toEqual({ is: 'rejected', code: 'invalid_event' });
    expect([...world.vendor.events.keys()]).toEqual(events.filter((_, n) => n !== 11).map((e) => e.event_id));
  });

  it('only the user who is too fast waits; who has used up the day is rejected', async () => {
    const world = createWorld({
      name: 'amplitude',
      vendor: (nowMs) => {
        let isFirst = true;
        const vendor = createVendor('amplitude', nowMs);
        return {
          ...vendor,
          handle(request) {
            if (!isFirst) return vendor.handle(request);
            isFirst = false;
            return {
              status: 429,
              body: { code: 429, throttled_users: { 'user-0': 9 }, throttled_events: [0, 2] },
            };
          },
        };
      },
    });
    const events = [eventOf(0), eventOf(1), eventOf(7), eventOf(2)];
    const results = await world.clock.run(world.send(events));
    expect(results.map((r) => r.fate.is)).toEqual(events.map(() => 'delivered'));
    expect([...world.vendor.events.keys()]).toEqual([idOf(1), idOf(2), idOf(0), idOf(7)]);
    expect(world.clock.nowMs() - START_MS).toBeGreaterThanOrEqual(30_000);
  });

  it('keeps requests within the limits', async () => {
    for (const name of destinations) {
      const world = createWorld({ name });
      const note = JSON.stringify({ note: 'x'.repeat(20_000) });
      const events = Array.from({ length: 150 }, (_, n) => eventOf(n, { properties: note }));
      await world.clock.run(world.send(events));
      expect([name, world.vendor.events.size, world.failures]).toEqual([name, 150, []]);
    }
  });
});
