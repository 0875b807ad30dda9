import { randomUUID } from 'node:crypto';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { migrateClickHouse } from '@fineprint/migrations';
import type { ProductEvent } from '@fineprint/schemas';
import { latestSchema } from '@fineprint/schemas';
import { useTestStack } from '@fineprint/stack/testing';
import {
  createRecordEncoder,
  PoisonError,
  parseWire,
  type SinkPosition,
  type SinkRecord,
  type SinkWrite,
  systemClock,
} from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { LANE_PARTITIONS } from '@fineprint/topology';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClickHouseSink } from './clickhouse-sink.ts';
import { laneOf } from './lanes.ts';

const TOPIC = 'product.events.clean';
const registry = createMemoryRegistry();
const schemaId = registry.add(latestSchema('ProductEvent').schema);
/** Partition numbers of other tests are theirs; a store needs no such partition in Kafka. */
let partition = 1_000 + Math.floor(Math.random() * 1e6);
let client: ClickHouseClient;
let encode: (event: ProductEvent) => Buffer;

beforeAll(async () => {
  const { endpoints } = useTestStack();
  const { clickhouseUrl: url, clickhouseUsername: username, clickhousePassword: password } = endpoints;
  await migrateClickHouse({ url, username, password });
  client = createClient({ url, username, password, log: { level: ClickHouseLogLevel.OFF } });
  const encoder = await createRecordEncoder(registry, [TOPIC]);
  encode = (event) => encoder.encode(TOPIC, event);
});
afterAll(() => client?.close());

function rows(
  from: number,
  count: number,
  change: Partial<ProductEvent> = {},
  timestampMs = Date.now(),
): SinkRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const value = encode(sampleProductEvent({ event_id: randomUUID(), ...change }));
    const datum = parseWire(value)?.datum ?? Buffer.alloc(0);
    const offset = from + i;
    return {
      input: { offset, timestampMs, key: null, value, headers: {} },
      schemaId,
      datum,
      sourceOffset: offset * 2,
      id: null,
    };
  });
}

async function stored(): Promise<number[]> {
  const result = await client.query({
    query:
      'SELECT toInt64(_offset)::Float64 AS o FROM fineprint.product_events WHERE _partition = {p:Int32} ORDER BY o',
    query_params: { p: partition },
    format: 'JSONEachRow',
  });
  return (await result.json<{ o: number }>()).map((r) => r.o);
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const sinkOf = async (records: readonly SinkRecord[]) => {
  const sink = createClickHouseSink(client, registry, systemClock);
  await sink.prepare(TOPIC, records, partition);
  return sink;
};

describe('ClickHouse sink', () => {
  it('stores a block and says where it stands, afterwards and after a restart', async () => {
    partition++;
    const records = rows(0, 500);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    expect(after).toEqual({ nextOffset: null, sourceOffset: null });
    expect(await sink.write({ topic: TOPIC, partition, after, records })).toEqual({
      nextOffset: 500,
      sourceOffset: 998,
    });
    expect(await (await sinkOf([])).open(TOPIC, partition)).toEqual({ nextOffset: 500, sourceOffset: 998 });
    expect(await stored()).toEqual(upTo(500));
  });

  it('stores once what is sent again after an answer that was lost', async () => {
    partition++;
    const records = rows(0, 50);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await sink.write({ topic: TOPIC, partition, after, records });
    await sink.write({ topic: TOPIC, partition, after, records });
    expect(await stored()).toEqual(upTo(50));
  });

  it('keeps one of two writers that start from the same place, and tells the other', async () => {
    for (let round = 0; round < 10; round++) {
      partition++;
      const small = rows(0, 20);
      const large = rows(0, 35);
      const [a, b] = [await sinkOf(small), await sinkOf(large)];
      const after = await a.open(TOPIC, partition);
      const [x, y] = await Promise.all([
        a.write({ topic: TOPIC, partition, after, records: small }),
        b.write({ topic: TOPIC, partition, after, records: large }),
      ]);
      expect([20, 35]).toContain(x.nextOffset);
      expect(y).toEqual(x);
      expect(await stored()).toEqual(upTo(x.nextOffset ?? 0));
    }
  });

  it('refuses a zombie whose view is old', async () => {
    partition++;
    const first = rows(0, 10);
    const sink = await sinkOf(first);
    const stale = await sink.open(TOPIC, partition);
    const now = await sink.write({ topic: TOPIC, partition, after: stale, records: first });
    await sink.write({ topic: TOPIC, partition, after: now, records: rows(10, 10) });
    expect(await sink.write({ topic: TOPIC, partition, after: stale, records: first })).toMatchObject({
      nextOffset: 20,
    });
    expect(await stored()).toEqual(upTo(20));
  });

  it('moves on after rows were deleted back to a place it has started from before', async () => {
    partition++;
    const records = rows(0, 10);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await sink.write({ topic: TOPIC, partition, after, records });
    await client.command({
      query: `ALTER TABLE fineprint.product_events DELETE WHERE _partition = ${partition} SETTINGS mutations_sync = 2`,
    });
    expect(await sink.open(TOPIC, partition)).toEqual(after);
    expect(await sink.write({ topic: TOPIC, partition, after, records })).toMatchObject({ nextOffset: 10 });
    expect(await stored()).toEqual(upTo(10));
  });

  it('goes on where rows were removed because their time was over, also from an empty table', async () => {
    partition++;
    const records = rows(0, 10);
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    const end = await sink.write({ topic: TOPIC, partition, after, records });
    await client.command({
      query: `INSERT INTO fineprint.removed_positions VALUES ('product_events', '${TOPIC}', ${partition}, 9, ${end.sourceOffset})`,
    });
    await client.command({
      query: `ALTER TABLE fineprint.product_events DELETE WHERE _partition = ${partition} SETTINGS mutations_sync = 2`,
    });
    expect(await sink.open(TOPIC, partition)).toEqual(end);
    expect(await sink.holdings(TOPIC, partition, 10, 20)).toMatchObject({
      sourceOffsetBefore: end.sourceOffset,
    });
    const later = rows(10, 5);
    await sink.prepare(TOPIC, later, partition);
    await sink.write({ topic: TOPIC, partition, after: end, records: later });
    expect(await stored()).toEqual([10, 11, 12, 13, 14]);
  });

  describe('a lane', () => {
    const EVER = Date.UTC(2026, 0, 15);
    const writeOf = (p: number, after: SinkPosition, records: readonly SinkRecord[]): SinkWrite => ({
      ...{ topic: TOPIC, partition: p, after, records },
    });
    const laneWriter = async (from: ClickHouseClient, records: readonly SinkRecord[]) => {
      const sink = createClickHouseSink(from, registry, systemClock);
      await sink.prepare(TOPIC, records, partition);
      const { lanes } = sink;
      if (lanes === undefined) throw new Error('no lanes');
      return (writes: readonly SinkWrite[]) =>
        lanes.write(writes).then((stands) => stands.map((s) => s.nextOffset));
    };
    /** The first partition of a lane that no other test has touched. */
    const newLane = () => {
      const first = (laneOf(partition) + 1) * LANE_PARTITIONS;
      partition = first + LANE_PARTITIONS - 1;
      return first;
    };
    const NEW: SinkPosition = { nextOffset: null, sourceOffset: null };
    /** Rows, places and parts. */
    const found = async (first: number) => {
      const result = await client.query({
        query: `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(_partition, _offset)) AS places, toUInt32(uniqExact(_part)) AS parts
          FROM fineprint.product_events WHERE _partition BETWEEN {p:Int32} AND {p:Int32} + ${LANE_PARTITIONS - 1}`,
        query_params: { p: first },
        format: 'JSONEachRow',
      });
      const [row] = await result.json<{ rows: number; places: number; parts: number }>();
      return row;
    };
    /** A client whose inserts wait until they are let go. */
    const held = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let asked = () => {};
      const isAsked = new Promise<void>((r) => {
        asked = r;
      });
      const exec: ClickHouseClient['exec'] = async (params) => {
        asked();
        await promise;
        return client.exec(params as never) as never;
      };
      return {
        client: Object.create(client, { exec: { value: exec } }) as ClickHouseClient,
        resolve,
        isAsked,
      };
    };

    /** A loader whose first ten rows of a partition are under way, and arrive when they are let go. */
    const zombieOf = async (p: number) => {
      const late = held();
      const write = await laneWriter(late.client, rows(0, 1));
      const written = write([writeOf(p, NEW, rows(0, 10, {}, EVER))]);
      await late.isAsked;
      return {
        arrives() {
          late.resolve();
          return written;
        },
      };
    };

    it('is stored as one part, and each partition is told where it stands', async () => {
      const first = newLane();
      const write = await laneWriter(client, rows(0, 1));
      expect(
        await write([0, 1, 2].map((p) => writeOf(first + p, NEW, rows(0, 10 * (p + 1), {}, EVER)))),
      ).toEqual([10, 20, 30]);
      expect(await found(first)).toEqual({ rows: 60, places: 60, parts: 1 });
    });

    it('has every row once when two loaders have a part of it each, and both move on', async () => {
      const first = newLane();
      const writers = await Promise.all([0, 1, 2].map(() => laneWriter(client, rows(0, 1))));
      await Promise.all(
        writers.map(async (write, p) => {
          for (let n = 0, after = NEW; n < 5; n++) {
            const [nextOffset] = await write([writeOf(first + p, after, rows(n * 10, 10, {}, EVER))]);
            expect(nextOffset).toBe((n + 1) * 10);
            after = { nextOffset: nextOffset ?? null, sourceOffset: null };
          }
        }),
      );
      expect(await found(first)).toMatchObject({ rows: 150, places: 150 });
    });

    it("drops a zombie's insert that comes late, though its successor wrote other partitions with it", async () => {
      const first = newLane();
      const zombie = await zombieOf(first);
      const successor = await laneWriter(client, rows(0, 1));
      expect(await successor([0, 1].map((p) => writeOf(first + p, NEW, rows(0, 20, {}, EVER))))).toEqual([
        20, 20,
      ]);
      expect(await zombie.arrives()).toEqual([20]);
      expect(await found(first)).toMatchObject({ rows: 40, places: 40 });
    });

    it('does so over the turn of a month, where ClickHouse knows tokens apart', async () => {
      const first = newLane();
      const zombie = await zombieOf(first);
      const successor = await laneWriter(client, rows(0, 1));
      expect(await successor([writeOf(first + 1, NEW, rows(0, 10, {}, Date.UTC(2026, 1, 1)))])).toEqual([10]);
      expect(await successor([writeOf(first, NEW, rows(0, 10, {}, EVER))])).toEqual([10]);
      expect(await zombie.arrives()).toEqual([10]);
      expect(await found(first)).toMatchObject({ rows: 20, places: 20 });
    });

    it('is left by a dead letter that is put back behind its last row of a month, and a zombie sees it', async () => {
      const first = newLane();
      const all = rows(0, 1);
      const sink = await sinkOf(all);
      const write = await laneWriter(client, all);
      await write([writeOf(first + 1, NEW, rows(10, 5, {}, Date.UTC(2026, 1, 1)))]); // its first record of January was refused
      const zombie = await zombieOf(first);
      const [letter] = rows(7, 1, {}, EVER);
      if (letter === undefined) throw new Error('no record');
      expect(await sink.restore(TOPIC, first + 1, letter)).toBe('stored');
      const successor = await laneWriter(client, all); // it has seen nothing of before
      expect(await successor([writeOf(first, NEW, rows(0, 10, {}, EVER))])).toEqual([10]);
      expect(await zombie.arrives()).toEqual([10]);
      expect(await found(first)).toMatchObject({ rows: 16, places: 16 });
    });
  });

  it('stores nothing of a block that holds a record it refuses, and calls it poison', async () => {
    partition++;
    const records = [...rows(0, 3), ...rows(3, 1, { event_id: 'x'.repeat(36) }), ...rows(4, 3)];
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await expect(sink.write({ topic: TOPIC, partition, after, records })).rejects.toBeInstanceOf(PoisonError);
    expect(await stored()).toEqual([]);
  });

  it('calls a record poison whose bytes are cut short', async () => {
    partition++;
    const [record] = rows(0, 1);
    if (record === undefined) throw new Error('no record');
    const records = [{ ...record, datum: record.datum.subarray(0, 50) }];
    const sink = await sinkOf(records);
    const after = await sink.open(TOPIC, partition);
    await expect(sink.write({ topic: TOPIC, partition, after, records })).rejects.toBeInstanceOf(PoisonError);
    expect(await stored()).toEqual([]);
  });

  it('cuts blocks by month, and a block of two months is refused whole', async () => {
    partition++;
    const records = [
      ...rows(0, 2, {}, Date.UTC(2026, 0, 31, 23, 59)),
      ...rows(2, 2, {}, Date.UTC(2026, 1, 1)),
    ];
    const sink = await sinkOf(records);
    expect(new Set(records.map((r) => sink.blockOf(TOPIC, r))).size).toBe(2);
    const after = await sink.open(TOPIC, partition);
    await expect(sink.write({ topic: TOPIC, partition, after, records })).rejects.toThrow();
    expect(await stored()).toEqual([]);
  });

  it('fills a gap once, whatever happens, and stands where it stood', async () => {
    partition++;
    const all = rows(0, 10);
    const gap = all[4];
    if (gap === undefined) throw new Error('no record');
    const sink = await sinkOf(all);
    const after = await sink.open(TOPIC, partition);
    const stands = await sink.write({
      topic: TOPIC,
      partition,
      after,
      records: all.filter((r) => r !== gap),
    });
    expect(await sink.holds(TOPIC, partition, gap)).toBe(false);
    const zombie = await sinkOf(all);
    const both = await Promise.all([sink, zombie].map((s) => s.restore(TOPIC, partition, gap)));
    expect(both).toContain('stored');
    expect(await sink.restore(TOPIC, partition, gap)).toBe('held');
    expect(await stored()).toEqual(upTo(10));
    expect(await sink.open(TOPIC, partition)).toEqual(stands);
  });

  it('does not store an event again that it holds from another place', async () => {
    partition++;
    const eventId = randomUUID();
    const [first] = rows(7, 1, { event_id: eventId });
    const [again] = rows(3, 1, { event_id: eventId.toUpperCase() });
    if (first === undefined || again === undefined) throw new Error('no record');
    const sink = await sinkOf([first]);
    await sink.write({ topic: TOPIC, partition, after: await sink.open(TOPIC, partition), records: [first] });
    expect(await sink.restore(TOPIC, partition, again)).toBe('held');
    expect(await stored()).toEqual([7]);
  });

  it('asks again for a schema that the registry did not have', async () => {
    const late = createMemoryRegistry();
    const [record] = rows(0, 1);
    if (record === undefined) throw new Error('no record');
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const sink = createClickHouseSink(client, late, systemClock);
      await sink.prepare(TOPIC, [record], partition);
      expect(sink.refusalOf(TOPIC, record)).toMatchObject({ code: 'unknown_schema' });
      late.add(latestSchema('ProductEvent').schema);
      vi.setSystemTime(Date.now() + 5_001);
      await sink.prepare(TOPIC, [record], partition);
      expect(sink.refusalOf(TOPIC, record)).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps every typed field as it was', async () => {
    partition++;
    const event = sampleProductEvent({
      event_id: randomUUID(),
      kind: 'conversion',
      event_time: 1_600_000_000_123,
      conversion_value: 29.99,
      currency: 'EUR',
      step_order: 3,
      flags: ['future_time', 'clock_corrected'],
      client_event_time: 1,
      properties: '{"plan":"pro – ünï"}',
      user_id: null,
      anonymous_id: 'a1',
    });
    const records = rows(0, 1, event);
    const sink = await sinkOf(records);
    await sink.write({ topic: TOPIC, partition, after: await sink.open(TOPIC, partition), records });
    const result = await client.query({
      query: 'SELECT *, subject, _topic FROM fineprint.product_events WHERE _partition = {p:Int32}',
      query_params: { p: partition },
      format: 'JSONEachRow',
    });
    expect((await result.json())[0]).toMatchObject({
      event_id: event.event_id,
      kind: 'conversion',
      event_time: '2020-09-13 12:26:40.123',
      client_event_time: '1970-01-01 00:00:00.001',
      conversion_value: 29.99,
      currency: 'EUR',
      step_order: 3,
      flags: ['future_time', 'clock_corrected'],
      properties: '{"plan":"pro – ünï"}',
      user_id: null,
      subject: 'a1',
      _topic: TOPIC,
    });
  });
});
