import { createInstance } from '@amplitude/analytics-node';
import { Analytics } from '@segment/analytics-node';
import Mixpanel from 'mixpanel';
import { afterEach, describe, expect, it } from 'vitest';
import {
  always,
  type ContractServer,
  createAmplitude,
  createMixpanel,
  createSegment,
  serve,
} from './index.ts';

/** The vendors' own clients, unmodified, against our servers: what they take for the vendor is close enough to it. */
const KEY = 'a-key-of-the-project';
const nowMs = () => Date.now();
let server: ContractServer | undefined;
afterEach(() => server?.close());

const id = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
/** Goes wrong once, then works. */
function once(fault: Parameters<typeof always>[0]) {
  let isFirst = true;
  return () => {
    if (!isFirst) return { kind: 'none' } as const;
    isFirst = false;
    return fault;
  };
}

describe('mixpanel', () => {
  async function start(token = KEY) {
    const vendor = createMixpanel({ token: KEY, nowMs });
    server = await serve(vendor);
    const client = Mixpanel.init(token, {
      host: '127.0.0.1',
      port: server.port,
      protocol: 'http',
      key: token,
    } as never);
    const called = (call: (callback: (error?: unknown) => void) => void) =>
      new Promise<unknown>((resolve) => call((error) => resolve(error ?? null)));
    return { vendor, client, called };
  }
  const named = (n: number) => ({ distinct_id: 'user-1', $insert_id: id(n), time: Date.now() });

  it('tracks one and many, sets profiles, imports, and repeats nothing', async () => {
    const { vendor, client, called } = await start();
    expect(await called((done) => client.track('one', named(0), done))).toBeNull();
    const list = Array.from({ length: 120 }, (_, i) => ({ event: 'many', properties: named(i + 1) }));
    expect(await called((done) => client.track_batch(list, (errors) => done(errors?.[0])))).toBeNull();
    expect(server?.requests()).toBe(4);
    expect(await called((done) => client.people.set('user-1', { plan: 'pro' }, done))).toBeNull();
    expect(vendor.events.size).toBe(121);
    const properties = { ...named(500), time: new Date(2020, 1) };
    const imported = [{ event: 'old', properties }];
    for (let tries = 0; tries < 2; tries++)
      expect(
        await called((done) => client.import_batch(imported as never, (errors) => done(errors?.[0]))),
      ).toBeNull();
    expect(vendor.events.size).toBe(122);
    expect([...vendor.arrivals.values()].at(-1)).toBe(2);
  });

  it('tells the client what it refuses', async () => {
    const { vendor, client, called } = await start('another-key');
    expect(String(await called((done) => client.track('one', named(0), done)))).toContain(
      'Mixpanel Server Error',
    );
    server?.setFaults(always({ kind: 'error', status: 500 }));
    expect(String(await called((done) => client.track('one', named(0), done)))).toContain('out of order');
    expect(vendor.events.size).toBe(0);
  });
});

describe('amplitude', () => {
  async function start(options: Partial<Parameters<typeof createAmplitude>[0]> = {}, key = KEY) {
    const vendor = createAmplitude({ apiKey: KEY, nowMs, ...options });
    server = await serve(vendor);
    const client = createInstance();
    await client.init(key, {
      ...{ serverUrl: `${server.url}/2/httpapi`, flushIntervalMillis: 5, flushQueueSize: 50, logLevel: 0 },
    }).promise;
    return { vendor, client };
  }
  const event = (n: number, change: object = {}) => ({
    ...{ event_type: 'Feature Used', user_id: 'user-1', insert_id: id(n), time: Date.now() },
    ...change,
  });

  it('takes events and identifies; of a refused batch the client gives up the events at fault alone', async () => {
    const { vendor, client } = await start();
    const sent = [event(0), event(1, { user_id: 'none' }), event(2, { time: 'noon' }), event(0)];
    const results = await Promise.all(sent.map((e) => client.track(e as never).promise));
    expect(results.map((r) => r.code)).toEqual([200, 400, 400, 200]);
    expect([...vendor.events.keys()]).toEqual([id(0)]);
    expect(vendor.arrivals.get(id(0))).toBe(2);
  });

  it('makes the client cut what is too large, and try again what failed', async () => {
    const { vendor, client } = await start();
    server?.setFaults(once({ kind: 'error', status: 500 }));
    const large = (n: number) => event(n, { event_properties: { note: 'x'.repeat(60_000) } });
    const results = await Promise.all(Array.from({ length: 30 }, (_, n) => client.track(large(n)).promise));
    expect(new Set(results.map((r) => r.code))).toEqual(new Set([200]));
    expect(vendor.events.size).toBe(30);
    expect(server?.requests()).toBeGreaterThan(2);
  });

  it('refuses another key', async () => {
    const { client } = await start({}, 'another-key-of-32-characters-here');
    const { code, message } = await client.track(event(0)).promise;
    expect([code, message]).toEqual([400, expect.stringContaining('Invalid API key')]);
  });
});

describe('segment', () => {
  async function start(writeKey = KEY) {
    const vendor = createSegment({ writeKey: KEY });
    server = await serve(vendor);
    const client = new Analytics({ writeKey, host: server.url, flushAt: 10, maxRetries: 3 });
    const failures: unknown[] = [];
    client.on('error', (error) => failures.push(error));
    return { vendor, client, failures };
  }

  it('takes every kind of call, in batches, once', async () => {
    const { vendor, client, failures } = await start();
    client.identify({ userId: 'user-1', traits: { plan: 'pro' } });
    client.page({ userId: 'user-1', name: 'Home' });
    for (let n = 0; n < 25; n++) client.track({ userId: 'user-1', event: 'Feature Used', messageId: id(n) });
    client.track({ userId: 'user-1', event: 'Feature Used', messageId: id(0) });
    await client.closeAndFlush();
    expect(failures).toEqual([]);
    expect(vendor.events.size).toBe(27);
    expect(vendor.discarded).toEqual([]);
  });

  it('makes the client try again after 429 and 500, and give up on a wrong key', async () => {
    const { vendor, client, failures } = await start();
    server?.setFaults(once({ kind: 'busy', retryAfterS: 1 }));
    client.track({ userId: 'user-1', event: 'Feature Used' });
    await client.closeAndFlush();
    expect([vendor.events.size, server?.requests(), failures]).toEqual([1, 2, []]);
    await server?.close();
    const other = await start('another-key');
    other.client.track({ userId: 'user-1', event: 'Feature Used' });
    await other.client.closeAndFlush();
    expect([other.vendor.events.size, other.failures.length]).toEqual([0, 1]);
  });
});
