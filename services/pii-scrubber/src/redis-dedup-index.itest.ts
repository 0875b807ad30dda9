import { randomUUID } from 'node:crypto';
import { useTestStack } from '@fineprint/stack/testing';
import { systemClock } from '@fineprint/stream-runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DedupIndex, isDuplicate, type Place } from './dedup-index.ts';
import { createRedisDedupIndex, type ReadClean } from './redis-dedup-index.ts';
import { releaseClaims } from './release-claims.ts';

const TOPIC = 'product.events.raw';
const place = (offset: number, partition = 0): Place => ({ topic: TOPIC, partition, offset });
/** A database of this test's own, so that flushing it touches nobody. */
const DATABASE = 7;

const open: DedupIndex[] = [];
async function connect(): Promise<Redis> {
  const redis = new Redis(useTestStack().endpoints.redisUrl, { db: DATABASE, lazyConnect: true });
  await redis.connect();
  return redis;
}
let control: Redis;
beforeAll(async () => {
  control = await connect();
});
afterAll(async () => {
  for (const index of open) await index.close();
  await control.quit();
});
beforeEach(() => control.flushdb());

async function newIndex(clean: readonly { id: string; place: Place }[] = []) {
  const rebuilds: { reason: string; sinceMs: number }[] = [];
  const readClean: ReadClean = async (sinceMs, onEntries) => {
    rebuilds.push({ reason: 'read', sinceMs });
    await onEntries(clean);
  };
  const reasons: string[] = [];
  const index = createRedisDedupIndex({
    redis: await connect(),
    readClean,
    clock: systemClock,
    windowMs: 60_000,
    settleMs: 1_000,
    isCaughtUp: () => Promise.resolve(false),
    onRebuild: (event) => reasons.push(`${event.state}: ${event.reason}`),
  });
  open.push(index);
  return { index, rebuilds, reasons };
}

describe('Redis deduplication index', () => {
  it('gives an id to the first place that claims it; the same place finds itself again', async () => {
    const { index } = await newIndex();
    const id = randomUUID();
    expect(await index.claim([{ id, place: place(4) }])).toEqual([place(4)]);
    expect(await index.claim([{ id, place: place(4) }])).toEqual([place(4)]);
    const [owner] = await index.claim([{ id, place: place(9, 2) }]);
    expect(owner && isDuplicate(owner, place(9, 2))).toBe(true);
    expect(owner).toEqual(place(4));
  });

  it('lets go of the claim of a record that was refused after all, and of nobody else’s', async () => {
    const { index } = await newIndex();
    const [refused, passed] = [randomUUID(), randomUUID()];
    await index.claim([
      { id: refused, place: place(4) },
      { id: passed, place: place(5) },
    ]);
    const url = new URL(useTestStack().endpoints.redisUrl);
    url.pathname = `/${DATABASE}`;
    await releaseClaims(url.href, [
      { id: refused, place: place(4) },
      { id: passed, place: place(6) },
    ]);
    // The first replay has it now; a second one is a duplicate, and lets go of nothing.
    expect(await index.claim([{ id: refused, place: place(20) }])).toEqual([place(20)]);
    await releaseClaims(url.href, [{ id: refused, place: place(4) }]);
    expect(await index.claim([{ id: refused, place: place(21) }])).toEqual([place(20)]);
    expect(await index.claim([{ id: passed, place: place(20) }])).toEqual([place(5)]);
  });

  it('sees a repeat within one batch', async () => {
    const { index } = await newIndex();
    const id = randomUUID();
    const owners = await index.claim([1, 2, 3].map((n) => ({ id, place: place(n) })));
    expect(owners).toEqual([place(1), place(1), place(1)]);
  });

  it('is rebuilt from the clean topics after a flush, before it answers', async () => {
    const id = randomUUID();
    const { index, reasons } = await newIndex([{ id, place: place(7) }]);
    expect(await index.claim([{ id, place: place(7) }])).toEqual([place(7)]);
    await control.flushdb();
    expect(await index.claim([{ id, place: place(50) }])).toEqual([place(7)]);
    expect(reasons.filter((r) => r.startsWith('started'))).toHaveLength(2);
  });

  it('reads back the last minutes when Redis was restarted and may have forgotten its last second', async () => {
    const { index, rebuilds } = await newIndex();
    await index.claim([{ id: randomUUID(), place: place(0) }]);
    await control.set('fp:dedup:epoch', 'another-process/x');
    const later = await newIndex([{ id: 'late', place: place(3) }]);
    expect(await later.index.claim([{ id: 'late', place: place(8) }])).toEqual([place(3)]);
    expect(later.reasons[0]).toContain('Redis was restarted');
    expect(rebuilds).toHaveLength(1);
  });

  it('starts over at once when reading the clean topics failed', async () => {
    let failures = 1;
    const index = createRedisDedupIndex({
      redis: await connect(),
      readClean: () => (failures-- > 0 ? Promise.reject(new Error('Kafka is away')) : Promise.resolve()),
      clock: systemClock,
      windowMs: 60_000,
      settleMs: 1_000,
      isCaughtUp: () => Promise.resolve(true),
      onRebuild: () => undefined,
    });
    open.push(index);
    await expect(index.claim([{ id: 'x', place: place(0) }])).rejects.toMatchObject({ retriable: true });
    expect(await index.claim([{ id: 'x', place: place(0) }])).toEqual([place(0)]);
  });

  it('is rebuilt by one of several, and the others wait for it', async () => {
    const id = randomUUID();
    const all = await Promise.all([1, 2, 3].map(() => newIndex([{ id, place: place(5) }])));
    const owners = await Promise.all(all.map(({ index }, n) => index.claim([{ id, place: place(100 + n) }])));
    expect(owners).toEqual([[place(5)], [place(5)], [place(5)]]);
    expect(all.flatMap(({ rebuilds }) => rebuilds)).toHaveLength(1);
  });

  it('says that it is away, as something to try again', async () => {
    const redis = new Redis({
      port: 1,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    redis.on('error', () => undefined);
    const index = createRedisDedupIndex({
      redis,
      readClean: () => Promise.resolve(),
      clock: systemClock,
      windowMs: 1_000,
      settleMs: 1_000,
      isCaughtUp: () => Promise.resolve(true),
      onRebuild: () => undefined,
    });
    await expect(index.claim([{ id: 'x', place: place(0) }])).rejects.toMatchObject({
      code: 'unavailable',
      retriable: true,
    });
    redis.disconnect();
  });
});
